# Braces stay as they are in this shell, tildes do not.
echo {a,b}
HOME=/h; echo ~ ~/x "~" a~
v=~/y; echo $v
PATH_LIKE=~/a:~/b; echo $PATH_LIKE
