# Jobs cannot be moved where there is no terminal; the builtins say so.
fg 2>/dev/null; echo $?
bg 2>/dev/null; echo $?
sleep 30 & fg %1 2>/dev/null; echo $?
kill %1; wait %1 2>/dev/null; echo $?
