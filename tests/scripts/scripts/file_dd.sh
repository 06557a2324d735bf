# Parts of a file, read and written in place.
printf 'abcdef' >b; printf 'XY' | dd of=b bs=1 seek=2 conv=notrunc 2>/dev/null; cat b; echo
dd if=words.txt bs=5 count=2 2>/dev/null; echo
dd if=words.txt bs=1 skip=5 count=5 2>/dev/null
dd if=words.txt conv=swab 2>/dev/null | head -n 1
