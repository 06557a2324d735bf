# The other two.
egrep '(an){2}' words.txt
fgrep . numbers.txt
fgrep -x 9 numbers.txt
egrep -c '^.{4}$' words.txt
