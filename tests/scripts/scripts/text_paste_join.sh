# Lines side by side.
paste words.txt numbers.txt
paste -d: words.txt numbers.txt | head -n 2
paste -s -d, words.txt
seq 6 | paste - - -
