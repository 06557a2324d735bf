# Neighbours that are the same.
sort words.txt | uniq
sort words.txt | uniq -c | sed 's/^ *//'
sort words.txt | uniq -d
sort words.txt | uniq -u | head -n 2
printf 'a 1\nb 1\nc 2\n' | uniq -f 1
printf 'xa\nya\nxb\n' | uniq -s 1
printf 'aX\naY\nb\n' | uniq -w 1
