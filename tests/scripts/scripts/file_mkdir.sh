# Folders.
mkdir a; mkdir a 2>/dev/null; echo $?
mkdir -p a/b/c; mkdir -p a; echo $?; find a
mkdir -m 700 m; ls -ld m | cut -c1-10
umask 027; mkdir u; ls -ld u | cut -c1-10
mkdir x/y 2>/dev/null; echo $?
