# Builtins for the user.
hash -r; ls >/dev/null; hash | grep -c '/ls$'
hash -r; hash | wc -l
help | grep -c Built-in
history >/dev/null; echo $?
