# Lines that match.
grep an words.txt
grep -c a words.txt
grep -n fig words.txt
grep -v a words.txt
grep -i cherry words.txt
grep -w fig words.txt
grep -x fig words.txt; grep -q zzz words.txt; echo $?
grep -l apple *.txt
grep -E '^(a|b).*e$' words.txt
grep -F 2.5 numbers.txt
grep -o '[aeiou][aeiou]*' words.txt | head -n 4
grep -e fig -e kiwi words.txt
printf 'fig\nkiwi\n' >p; grep -f p words.txt
grep -A 1 -B 1 orange words.txt
grep -m 1 a words.txt
grep -r legs . | sort
