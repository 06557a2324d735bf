# Holes.
dd if=/dev/zero of=s bs=1 count=1 seek=100000 2>/dev/null; wc -c <s
od -An -c s | head -n 1; tail -c 1 s | od -An -tx1
printf x | dd of=s bs=1 seek=5 conv=notrunc 2>/dev/null; dd if=s bs=1 skip=4 count=3 2>/dev/null | od -An -c
