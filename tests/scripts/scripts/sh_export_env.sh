# What children see.
a=1; export b=2; c=3 sh -c 'echo "[$a][$b][$c]"'
echo "[$c]"
export a; sh -c 'echo "$a"'
unset b; sh -c 'echo "[$b]"'
export -n a; sh -c 'echo "[$a]"'
x=5 env | grep '^x='
export | grep -c PATH
env -i PATH="$PATH" one=1 sh -c 'echo $one$two'
env -u HOME sh -c 'echo "[$HOME]"'
