# Differences, and files mended by them.
cp words.txt new; sed -i '2d;s/kiwi/lime/' new; echo extra >>new
diff words.txt new; echo $?
diff -u words.txt new | sed 1,2d
diff -q words.txt new; diff words.txt words.txt; echo $?
diff -u words.txt new >p; cp words.txt w; patch w <p; cmp w new; echo $?
patch -R w <p >/dev/null; cmp w words.txt && echo back
cmp words.txt new; echo $?
mkdir x y; echo 1 >x/f; echo 2 >y/f; diff -r x y
