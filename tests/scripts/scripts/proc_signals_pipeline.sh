# A pipeline whose reader goes.
yes | head -n 1; echo $?
sh -c 'yes; echo $? >&2' 2>status | head -n 1; cat status | grep -v Broken
seq 1000000 | head -n 2
