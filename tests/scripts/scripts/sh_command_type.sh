# What a name means.
f() { echo function; }
command -v cd; command -v f; command -v no-such-name || echo none
type cd f if | sed 's/ is .*tracked alias.*/ tracked/'
command -V : >/dev/null; echo $?
echo() { command echo "wrapped: $*"; }
echo x
unset -f echo
echo y
command echo z
