# A large stream through many tools.
seq 50000 | sed 's/7/seven/g' | grep -c seven
seq 50000 | awk '{ s += $1 } END { print s }'
seq 50000 | sort -rn | head -n 1
seq 50000 | tr -d '\n' | wc -c
