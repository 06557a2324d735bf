# Options taken apart by a program.
getopt ab:c -a -b x rest; getopt -o ab: -l long,with: -- -a --long --with=y z
getopt -o a -- -z 2>/dev/null; echo $?
