# Positional parameters.
set -- a 'b c' d
echo "$#|$1|$2|$3|$4"
for x in "$@"; do echo "<$x>"; done
for x in "$*"; do echo "<$x>"; done
for x in $*; do echo "<$x>"; done
IFS=-; echo "$*"; unset IFS
shift; echo "$1 $#"; shift 2; echo $#
shift 2>/dev/null; echo "after: $#"
set -- 1 2 3 4 5 6 7 8 9 10 11; echo ${10}${11} $10
set --; echo "[$*]"
