# Several commands at once.
printf 'c\na\nb\n' | sort | head -n 2 | tr a-z A-Z
seq 1000 | grep 7 | wc -l
echo x | { read v; echo "got $v"; }
v=1; echo 2 | read v; echo $v
yes | head -n 3
seq 100000 | tail -n 1
{ echo out; echo err >&2; } 2>&1 | sort
cat words.txt | cat | cat | cat | md5sum
