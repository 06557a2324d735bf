# Words that are read again.
a='b c'; b=4
eval echo \$b
eval "echo \"\$a\""
x=y y=z; eval "echo \$$x"
eval 'for i in 1 2; do echo $i; done'
eval; echo $?
eval false; echo $?
eval 'f() { echo made; }'; f
