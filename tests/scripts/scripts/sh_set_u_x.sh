# Unset values and traces.
sh -uc 'echo a; echo $nothing; echo b' 2>/dev/null; echo $?
sh -uc 'echo "${nothing-default}"'; echo $?
sh -xc 'a=1; echo $a' 2>&1
sh -vc 'echo v' 2>&1
PS4='> ' sh -xc 'echo t' 2>&1
sh -nc 'echo never'; echo $?
case $- in *u*) echo u ;; *) echo "no u" ;; esac
set -u; case $- in *u*) echo u ;; esac
