# Files that are read into the shell.
cat >lib <<'E'
value=from-lib
f() { echo "f $1"; }
return 4
echo not reached
E
. ./lib; echo $? $value
f x
source ./lib; echo $?
(. ./no-such 2>/dev/null); echo "missing: $?"
set -- a b
echo 'echo "args $#: $*"' >args
. ./args
