# A script with arguments of its own.
cat >s <<'E'
echo "$#"
while [ $# -gt 0 ]; do echo "[$1]"; shift; done
echo "${0##*/}"
E
sh ./s a 'b c' ''
chmod +x s; sed -i '1i#!/bin/sh' s
./s x
sh -s y z <<'E'
echo "$# $1 $2"
E
sh -c 'echo $0 $1' name arg
