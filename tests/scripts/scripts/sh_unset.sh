# Values and functions that are taken away.
v=1; f() { echo f; }
unset v; echo "[${v-unset}]"
unset -f f; f 2>/dev/null || echo no f
unset nothing; echo $?
x=1; x() { :; }; unset x; echo "[$x]"; type x >/dev/null && echo still
