# A signal ends a wait.
trap 'echo got' USR1
(sleep 1; kill -USR1 $$) &
sleep 5 & p=$!
wait $p; echo $?
kill $p; wait $p 2>/dev/null; echo $?
