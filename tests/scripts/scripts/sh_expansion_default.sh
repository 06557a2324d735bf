# Values for what is not set.
unset u; e=; s=set
echo "${u-d} ${u:-d} ${e-d} ${e:-d} ${s-d} ${s:-d}"
echo "${u+a} ${u:+a} ${e+a} ${e:+a} ${s+a} ${s:+a}"
echo "${u=assigned} $u ${e:=filled} $e"
(echo "${missing?no value}") 2>/dev/null; echo $?
(echo "${e2:?empty}") 2>/dev/null; echo $?
echo "${u:-${s:-x}} ${nothing:-"a b"}"
