# Ends of lines.
printf 'a\r\nb\r\n' >d; dos2unix d; od -c d | head -n 1
unix2dos d; od -c d | head -n 1
