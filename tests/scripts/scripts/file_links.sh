# Hard and symbolic links.
echo one >a; ln a b; echo two >>b; cat a; stat -c %h a
ln -s a s; readlink s; cat s; rm a; cat s 2>/dev/null; echo $?
cat b; ln -sf b s; readlink s; cat s
ln b b 2>/dev/null; echo $?
mkdir d; ln -s ../b d/up; cat d/up; readlink -f d/up | sed 's,.*/,,'
ln -s loop loop; cat loop 2>/dev/null; echo $?
ls -l s | sed 's/.* s /s /'
