# Where programs are.
which ls | sed 's,.*/,,'; which no-such; echo $?
basename /a/b.c; basename /a/b.c .c; dirname /a/b.c; dirname x; basename /
realpath -- words.txt | sed 's,.*/,,'
