# Names that nobody has.
f=$(mktemp); [ -f "$f" ] && echo made; rm "$f"
d=$(mktemp -d); [ -d "$d" ] && echo folder; rmdir "$d"
mktemp -u >/dev/null; echo $?
f=$(mktemp ./x.XXXXXX); echo ${#f}; rm "$f"
