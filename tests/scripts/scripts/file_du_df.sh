# Sizes.
mkdir d; dd if=/dev/zero of=d/f bs=1024 count=64 2>/dev/null; ls -l d/f | tr -s ' ' | cut -d' ' -f5
wc -c <d/f; stat -c %s d/f
df . >/dev/null; echo $?; du d >/dev/null; echo $?
truncate -s 100 t; wc -c <t; truncate -s 10 t; wc -c <t; truncate -s +5 t; wc -c <t
