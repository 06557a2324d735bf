# What surrounds a program.
X=1 printenv X; printenv NO_SUCH; echo $?
tty </dev/null; echo $?; test -t 0 </dev/null; echo $?
