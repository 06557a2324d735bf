# Children of children.
f() { [ $1 = 0 ] && { echo leaf; return; }; (f $(($1-1))) & wait; echo "level $1"; }
f 5
