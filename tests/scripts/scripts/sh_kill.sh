# Signals.
kill -l 1 2>/dev/null; kill -l 15; kill -l 137
sleep 30 & kill $!; wait $! 2>/dev/null; echo $?
sleep 30 & kill -9 $!; wait $! 2>/dev/null; echo $?
sleep 30 & kill -s HUP $!; wait $! 2>/dev/null; echo $?
kill -0 $$; echo $?
kill -0 999999 2>/dev/null; echo $?
sleep 30 & kill -STOP $!; kill -CONT $!; kill -INT $!; kill $!; wait $! 2>/dev/null; echo $?
