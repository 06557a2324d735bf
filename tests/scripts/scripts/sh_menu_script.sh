# A small program with a table of commands.
run() { case $1 in add) shift; s=0; for n; do s=$((s+n)); done; echo $s ;; rev) shift; o=; for w; do o="$w $o"; done; echo $o ;; *) echo "unknown $1"; return 2 ;; esac; }
while read -r line; do
	set -- $line
	run "$@" || echo "status $?"
done <<E
add 1 2 3
rev a b c
fly
E
