# Counts.
wc <words.txt | tr -s ' '
wc -l words.txt; wc -w prose.txt; wc -c table.csv
wc -L prose.txt
wc -l words.txt numbers.txt | tr -s ' '
printf 'no end' | wc -l
