# One at a time, in any order.
: >lock; for i in 1 2 3; do flock lock sh -c "echo start$i; echo end$i" & done >log; wait
sort log; awk '/^start/ { want = "end" substr($0, 6); next } $0 != want { print "mixed" }' log
flock -n lock true; echo $?
( flock 9; flock -n lock -c true; echo $? ) 9>lock
