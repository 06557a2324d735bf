# How words are split.
v='a  b	c
d'
for w in $v; do echo "[$w]"; done
IFS=:; v=1::2:3:
for w in $v; do echo "<$w>"; done
IFS=' :'; v='x : y:z'
for w in $v; do echo "{$w}"; done
IFS=; v='a b'; for w in $v; do echo "($w)"; done
unset IFS; set -- $v; echo $#
