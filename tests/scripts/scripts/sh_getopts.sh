# Options of a script.
parse() {
	OPTIND=1
	while getopts ab:c: o; do
		case $o in
		a) echo a ;;
		b | c) echo "$o=$OPTARG" ;;
		\?) echo "bad" ;;
		esac
	done
	shift $((OPTIND-1)); echo "rest: $*"
}
parse -a -b 1 -c2 x y
parse -ab 3 -- -c
parse -z x 2>/dev/null
parse -b 2>/dev/null
OPTIND=1; getopts :x: o -x; echo "$o $OPTARG"
OPTIND=1; getopts :x: o -y; echo "$o $OPTARG"
