# The longer form.
v='a b'
[[ $v = 'a b' ]]; echo $?
[[ abc = a* ]]; echo $?
[[ abc != *z ]]; echo $?
[[ -n $v && -f words.txt ]]; echo $?
[[ 1 -gt 2 || a = a ]]; echo $?
[[ ! -e none ]]; echo $?
[[ abc =~ ^a.c$ ]]; echo $?
