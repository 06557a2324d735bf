# Results through functions and loops.
find_first() { for i in "$@"; do case $i in *"$want"*) echo "$i"; return 0 ;; esac; done; return 1; }
want=an; find_first apple banana orange; echo $?
want=zz; find_first apple banana; echo $?
outer() { inner || return 5; echo no; }
inner() { return 3; }
outer; echo $?
