# Which lines are meant.
sed -n 2p words.txt
sed -n '2,4p' words.txt
sed -n '$p' words.txt
sed '/^a/d' words.txt
sed -n '/fig/,/banana/p' words.txt
sed -n '2~3p' words.txt
sed '1!d' words.txt
sed -n '/apple/{=;p;}' words.txt
sed 3q words.txt
