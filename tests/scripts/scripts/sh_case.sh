# Patterns of case.
for w in apple Bee 42 'a b' '' '*' x.tar.gz -f; do
	case $w in
	a*e) echo "$w: a...e" ;;
	[A-Z]*) echo "$w: upper" ;;
	[0-9][0-9] | [0-9]) echo "$w: number" ;;
	*' '*) echo "$w: blank" ;;
	'') echo "empty" ;;
	'*') echo "star" ;;
	*.tar.*) echo "$w: archive" ;;
	-?) echo "$w: option" ;;
	esac
done
case x in (y) echo no ;; (x) echo yes ;; esac
case nothing in a) ;; esac; echo $?
