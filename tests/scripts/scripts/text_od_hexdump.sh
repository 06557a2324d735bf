# Bytes.
printf 'abc\n\377' | od -c
printf 'abc\n' | od -An -tx1
printf 'abcdefgh' | od -An -tx4
printf 'abcdefghijklmnopq' | hexdump -C
printf 'abc' | xxd
printf 'abc' | xxd -p; echo 616263 | xxd -r -p; echo
printf 'abc' | hd
