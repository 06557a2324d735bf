# One at a time.
: >lock; for i in 1 2 3; do flock lock sh -c "echo start$i; echo end$i" & done; wait | cat
flock -n lock true; echo $?
( flock 9; flock -n lock -c true; echo $? ) 9>lock
