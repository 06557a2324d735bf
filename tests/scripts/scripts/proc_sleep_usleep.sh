# Pauses.
sleep 0; echo $?; sleep 0.1; echo $?; usleep 1000; echo $?; sleep x 2>/dev/null; echo $?
a=$(date +%s); sleep 1; b=$(date +%s); [ $((b-a)) -ge 1 ] && echo passed
