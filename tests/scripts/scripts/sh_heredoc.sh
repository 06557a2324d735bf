# Documents within the script.
v=value
cat <<E
v is $v $(echo cmd) $((1+1)) \$v "q" \\
E
cat <<'E'
v is $v $(echo cmd) \$v
E
cat <<-E
	tab gone
		two
	E
cat <<A; cat <<B
first
A
second
B
cat <<E | tr a-z A-Z
piped
E
while read -r l; do echo "[$l]"; done <<E
one
  two
E
