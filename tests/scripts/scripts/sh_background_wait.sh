# Background jobs and their statuses.
(exit 3) & a=$!
(exit 5) & b=$!
wait $a; echo $?
wait $b; echo $?
true & wait; echo $?
wait $a; echo "again $?"
{ echo from-job; exit 9; } & wait $!; echo $?
