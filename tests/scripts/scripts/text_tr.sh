# Letters for letters.
tr a-z A-Z <words.txt | head -n 2
tr -d aeiou <words.txt | head -n 2
echo aabbcc | tr -s a-c
echo 'a b  c' | tr ' ' '\n'
echo hello | tr -c a-g -
echo 123abc | tr -cd '[:digit:]'; echo
echo abc | tr 'a-c' '[x*]'
tr '[:lower:]' '[:upper:]' <words.txt | tail -n 1
