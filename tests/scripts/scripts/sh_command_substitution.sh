# Output as words.
a=$(echo one; echo two)
echo "$a"
echo $a
echo "$(printf 'x\n\n\n')|"
echo `echo \`echo nested\``
echo "$(echo "in $(echo "deep $(echo deeper)")")"
b=$(false); echo "status $?"
c=$(exit 7) || echo "c $?"
echo $(cat <<E
here $(echo doc)
E
)
