# Compressed files.
cp words.txt w; gzip w; ls w*; gunzip w.gz; cmp w words.txt; echo $?
gzip -c words.txt | gunzip -c | cmp - words.txt; echo $?
gzip -9c words.txt >z.gz; zcat z.gz | md5sum; gzip -t z.gz; echo $?
seq 20000 | gzip | gzip -d | md5sum; seq 20000 | md5sum
echo broken >b.gz; gunzip b.gz 2>/dev/null; echo $?
