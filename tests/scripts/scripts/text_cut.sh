# Parts of lines.
cut -d, -f1 table.csv
cut -d, -f2- table.csv | head -n 2
cut -c1-3 words.txt | head -n 3
cut -b2 words.txt | head -n 2
cut -d, -f1,3 table.csv | head -n 1
printf 'no-delimiter\na,b\n' | cut -s -d, -f2
