# Values that stay.
readonly r=1
(r=2) 2>/dev/null; echo $?
echo $r
readonly | grep -c '^readonly r='
(unset r) 2>/dev/null; echo $?
readonly s; s2=x; echo "[$s]"
