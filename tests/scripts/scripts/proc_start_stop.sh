# Programs found by name.
sleep 40 & p=$!; sleep 41 & q=$!
pidof sleep | tr ' ' '\n' | grep -c -e "^$p\$" -e "^$q\$"
kill $p $q; wait 2>/dev/null; echo $?
