# Values of a function's own.
v=global
f() { local v=local w; w=own; echo "$v $w"; g; }
g() { echo "g sees $v"; v=changed; }
f; echo "$v [$w]"
h() { local v; echo "[$v]"; v=x; }; h; echo $v
k() { local IFS=:; set -- $1; echo "$2"; }; k a:b:c
