# A here-document into several programs.
tee a b <<E | tr a-z A-Z
line one
line two
E
cmp a b; echo $?
