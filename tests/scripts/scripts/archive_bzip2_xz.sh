# The other compressors.
bzip2 -c words.txt | bunzip2 | cmp - words.txt; echo $?
bzip2 -c words.txt | bzcat | md5sum
seq 5000 | bzip2 -9 | bzip2 -dc | tail -n 1
lzop -c words.txt >w.lzo && lzop -dc w.lzo | cmp - words.txt; echo $?
