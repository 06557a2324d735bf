# A tree by a pipeline.
mkdir -p s/a s/b; echo 1 >s/a/f; ln -s a/f s/l; chmod 700 s/b
mkdir t; (cd s && tar cf - .) | (cd t && tar xf -); diff -r s t; echo $?; readlink t/l; stat -c %a t/b
find s | sort | cpio -o -H newc 2>/dev/null >c; mkdir u; (cd u && cpio -id <../c 2>/dev/null); find u | sort
