# Any order, put back.
seq 50 | shuf | sort -n | md5sum
shuf -i 1-5 | sort; shuf -n 2 words.txt | wc -l
shuf -e a b c | sort
