# Substitutions.
sed 's/a/A/' words.txt
sed 's/a/A/g;s/$/!/' words.txt | head -n 3
sed -n 's/an/<&>/gp' words.txt
sed -E 's/([a-z])([a-z])/\2\1/' words.txt | head -n 3
sed 's/a/X/2' words.txt | grep X
echo /usr/bin | sed 's,/,:,g'
echo Hello | sed 's/hello/x/I'
echo aXbXc | sed 's/X/\n/g'
