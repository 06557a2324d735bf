# What quotes keep.
v='a "quoted" word'
echo "$v" '$v' \$v
echo "it's" 'say "x"' "a\"b" 'a'\''b'
echo "a\\b" 'a\\b' a\\b
echo "multi
line"
echo a\
b
echo $'tab\there' $'\x41'
echo ""'' | od -c | head -n 1
echo "$(echo "inner 'quotes' \"here\"")"
