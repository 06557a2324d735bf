# Lines into values.
printf 'one two three\nfour\n' >in
read a b <in; echo "[$a][$b]"
{ read a; read b; echo "[$a][$b]"; read c; echo "$?[$c]"; } <in
echo 'a\b' | { read x; echo "$x"; }
echo 'a\b' | { read -r x; echo "$x"; }
echo '  lead trail  ' | { read x; echo "[$x]"; }
echo '  keep  ' | { IFS= read -r x; echo "[$x]"; }
echo 1:2:3 | { IFS=: read a b c; echo "$c$b$a"; }
printf 'no end' | { read x; echo "$? $x"; }
printf 'con\\\ntinued\n' | { read x; echo "$x"; }
printf abcdef | { read -n 3 x; echo "$x"; }
while IFS=, read -r n c; do echo "$c:$n"; done <table.csv
