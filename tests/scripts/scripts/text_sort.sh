# Orders.
sort words.txt
sort -r words.txt | head -n 2
sort -u words.txt | wc -l
sort -f words.txt | head -n 4
sort -n numbers.txt
sort -t, -k3n table.csv
sort -t, -k2,2 -k3,3nr table.csv
printf '1K\n2M\n3\n' | sort -h
printf 'b 2\na 2\nc 1\n' | sort -s -k2
sort -c words.txt 2>/dev/null; echo $?
sort -o sorted words.txt; sort -c sorted; echo $?
sort -m sorted sorted | wc -l
printf 'a\0c\0b\0' | sort -z | tr '\0' ' '; echo
