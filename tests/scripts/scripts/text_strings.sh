# Readable runs of bytes.
printf 'ab\0hello world\001\002more\0' >bin
strings bin
strings -n 5 bin
