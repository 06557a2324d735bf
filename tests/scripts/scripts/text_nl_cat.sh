# Numbers before lines.
nl words.txt | head -n 2
cat -n numbers.txt | head -n 2
cat -A prose.txt | head -n 2
printf '\ta\001\n' | cat -v
cat - words.txt <numbers.txt | wc -l
cat -b prose.txt | tail -n 2
