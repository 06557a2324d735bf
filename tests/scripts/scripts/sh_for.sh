# Lists of for.
for i in 1 2 3; do echo $i; done
for i in; do echo never; done; echo "status $?"
set -- x 'y z'
for i; do echo "[$i]"; done
for i do echo "<$i>"; done
for f in *.txt; do echo $f; done
for i in $(seq 3) {a,b}; do echo -n "$i "; done; echo
