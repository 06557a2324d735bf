# Another archive.
ls *.txt | cpio -o -H newc 2>/dev/null >a; cpio -t <a 2>/dev/null
mkdir x; cd x; cpio -id <../a 2>/dev/null; cmp words.txt ../words.txt; echo $?
