# Processes as they are seen.
sleep 30 & p=$!
ps -o pid,comm 2>/dev/null | grep -c "^ *$p sleep"
kill $p; wait $p 2>/dev/null; echo $?
[ -d /proc/$$ ] && echo own
