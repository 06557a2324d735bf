# Beginnings and ends.
head -n 2 words.txt; head -c 5 words.txt; echo
head -n -8 words.txt
tail -n 2 words.txt; tail -c 5 words.txt
tail -n +9 words.txt
head -n 1 words.txt numbers.txt
tail -q -n 1 words.txt numbers.txt
seq 10 | head -3 | tail -1
(head -n 1; cat) <words.txt | wc -l
