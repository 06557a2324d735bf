# Conditions of test.
touch old; mkdir dir; ln -s old sym; : >empty; echo x >full; chmod +x full
for t in '-e old' '-f old' '-d dir' '-h sym' '-L sym' '-s full' '-s empty' '-x full' '-r full' '-w full' \
	'-f dir' '-e none' '-z ""' '-n ""' '-p old' '-S old' '-c /dev/null' '-t 9'; do
	eval "test $t"; echo "$t: $?"
done
[ a = a ]; echo $?; [ a != a ]; echo $?; [ a \< b ]; echo $?
[ 1 -eq 1 -a 2 -gt 1 ]; echo $?; [ 1 -ne 1 -o 2 -le 1 ]; echo $?
[ ! -e none ]; echo $?; [ \( a = a \) ]; echo $?
[ old -ef sym ]; echo $?
[ x ]; echo $?; [ ]; echo $?; [ "" ]; echo $?
[ a -eq 1 ] 2>/dev/null; echo $?
