# Copies.
cp words.txt c; cmp c words.txt; echo $?
mkdir d; cp words.txt numbers.txt d; ls d
cp -r d e; ls e; cp -a d f; diff -r d f; echo $?
ln -s words.txt l; cp -P l m; readlink m; cp -L l n; test -h n; echo $?
chmod 600 c; cp -p c p; ls -l p | cut -c1-10
cp no-such x 2>/dev/null; echo $?; cp d x 2>/dev/null; echo $?
echo old >t; cp -f words.txt t; cmp t words.txt; echo $?
