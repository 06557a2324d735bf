# Where output goes.
echo 1 >f; echo 2 >>f; cat f
{ echo out; echo err >&2; } >o 2>e; cat o e
{ echo out; echo err >&2; } >both 2>&1; sort both
echo x >&2 2>/dev/null | cat
ls no-such 2>/dev/null; echo $?
cat <f >g; cmp f g && echo same
: >empty; [ -s empty ] || echo empty
set -C; (echo y >f) 2>/dev/null; echo $?; echo z >|f; cat f; set +C
cat 3<f <&3
exec 5<>f; echo w >&5; cat f
