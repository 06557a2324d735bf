# Pagers without a terminal.
more words.txt | head -n 2; less words.txt | tail -n 1
