# Functions that call themselves many times.
down() { [ $1 = 0 ] && { echo bottom; return; }; down $(($1-1)); }
down 200
fib() { [ $1 -lt 2 ] && { r=$1; return; }; fib $(($1-1)); local a=$r; fib $(($1-2)); r=$((a+r)); }
fib 12; echo $r
