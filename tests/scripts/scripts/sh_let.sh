# Arithmetic as a command.
let a=5; echo $a $?
let a-=5; echo $a $?
let 'b = a + 2' 'c = b * b'; echo $b $c
let "x = 1 > 2"; echo $?
