# Limits of time.
timeout 1 sleep 10; echo $?
timeout 10 true; echo $?
timeout 10 sh -c 'exit 5'; echo $?
timeout -s KILL 1 sleep 10; echo $?
