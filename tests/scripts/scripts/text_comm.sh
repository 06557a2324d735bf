# Lines of two sorted files.
sort -u words.txt >a; printf 'apple\nfig\nzebra\n' >b
comm a b
comm -12 a b
comm -23 a b | head -n 2
comm -13 a b
