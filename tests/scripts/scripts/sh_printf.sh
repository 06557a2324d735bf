# Formatted output.
printf '%s %s\n' a b c d
printf '%d %i %o %x %X %u %c\n' 10 10 8 255 255 7 hello
printf '%5d|%-5d|%05d|%+d|% d\n' 42 42 42 42 42
printf '%.3s|%10s|%-10s|\n' abcdef right left
printf '%.2f %e %g\n' 3.14159 12345.678 0.0001
printf '%b\n' 'a\tb\\n\101'
printf '%%\n'
printf '\x41\102\n'
printf '%s\n'
printf '%d\n' 0x10 010 "'A"
printf '%*d|%-*d|\n' 6 1 6 2
printf 'no end'; echo
