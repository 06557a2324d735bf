# A file without a name.
exec 3>f; exec 4<f; rm f; echo hidden >&3; cat <&4; ls f 2>/dev/null; echo $?
exec 3>&- 4<&-
