# Expressions as arguments.
expr 1 + 2; expr 7 / 2; expr 7 % 2; expr 2 \* 3
expr abc : 'a\(.\)c'; expr abc : ab
expr length hello; expr substr hello 2 3; expr index hello l
expr 1 \< 2; expr a = b; echo $?
expr 5 \& 0; expr 0 \| 9
expr 1 / 0 2>/dev/null; echo $?
