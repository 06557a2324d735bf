# The shell gives way, or only changes its descriptors.
exec 3>out
echo to-three >&3
exec 3>&-
cat out
{ echo hidden >&3; } 2>/dev/null || echo "closed"
exec 4<out; read -r line <&4; echo "$line"
exec 4<&-
(exec echo replaced; echo not-reached)
(exec no-such-program) 2>/dev/null; echo $?
(exec ./out) 2>/dev/null; echo $?
