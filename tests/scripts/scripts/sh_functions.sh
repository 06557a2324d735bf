# Arguments, results, recursion, a name for each call.
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1-1))))); fi; }
fact 10
show() { echo "$# [$1] [$2] [$*]"; }
set -- outer
show a 'b c'; echo "$1"
sub() ( v=inner; exit 3 ); v=outer; sub; echo $? $v
f() { return; }; false; f; echo $?
g() { echo in; } >gout; g; cat gout
unset -f f; f 2>/dev/null; echo $?
