# Ten children, each with its status.
i=0; pids=
while [ $i -lt 10 ]; do (exit $i) & pids="$pids $!"; i=$((i+1)); done
for p in $pids; do wait $p; echo -n "$? "; done; echo
