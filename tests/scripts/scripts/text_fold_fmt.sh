# Long lines.
fold -w 20 prose.txt | head -n 5
fold -s -w 20 prose.txt | head -n 5
printf 'a\tb\tc\n' | expand
printf 'a\tb\n' | expand -t 4
printf '        x\n' | unexpand | od -c | head -n 1
