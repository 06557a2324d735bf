# echo and its options.
echo
echo a  b   c
echo "a  b"
echo -n no-end; echo
echo -e 'tab\tnew\nline\\ \x41 \0101 \c gone'
echo
echo -E 'raw\t'
echo -- x
echo -x
echo '-n'"x"
