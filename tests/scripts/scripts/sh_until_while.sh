# Loops by a condition.
i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); done
until [ $i = 0 ]; do i=$((i-1)); echo $i; done
while false; do echo x; done; echo $?
while read -r l; do n=$((n+1)); done <words.txt; echo $n
while :; do break; done; echo $?
i=0; while i=$((i+1)); [ $i -lt 5 ]; do :; done; echo $i
