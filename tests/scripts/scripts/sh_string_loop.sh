# A string taken apart letter by letter.
s=abcdef r=
while [ -n "$s" ]; do c=${s%"${s#?}"}; s=${s#?}; r=$c$r; done
echo $r
for w in level word; do
	t=$w rev=
	while [ -n "$t" ]; do rev=${t%"${t#?}"}$rev; t=${t#?}; done
	[ $w = $rev ] && echo "$w yes" || echo "$w no"
done
