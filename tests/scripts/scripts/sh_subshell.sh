# Changes that stay within.
v=1; (v=2; echo $v); echo $v
(cd /; pwd); [ "$(pwd)" != / ] && echo "still here"
(exit 4); echo $?
(trap 'echo bye' EXIT; echo hi)
echo $(v=3; echo $v) $v
( ( (echo deep) ) )
f() { v=f; }; (f); echo $v; f; echo $v
