# Commands that only have a status.
: a b c; echo $?
true x; echo $?
false x; echo $?
: ${v:=set by colon}; echo "$v"
! true; echo $?
! false; echo $?
