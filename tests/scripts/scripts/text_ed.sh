# The line editor.
cp words.txt w
printf '1p\n2d\n$p\n/fig/s/fig/FIG/p\n1i\nfirst\n.\nw\nq\n' | ed w
cat w | head -n 4
