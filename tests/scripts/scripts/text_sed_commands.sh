# Other commands.
sed '2i\before' words.txt | head -n 3
sed '1a\after' words.txt | head -n 2
sed '1c\changed' words.txt | head -n 1
sed 'y/abc/xyz/' words.txt | head -n 2
sed -n 'h;n;G;p' words.txt | head -n 4
sed ':a;N;$!ba;s/\n/,/g' words.txt
sed -e 1d -e '$d' words.txt | wc -l
sed -n '1{h;d};G;p' words.txt | head -n 2
printf 's/a/1/\ns/e/2/\n' >cmds; sed -f cmds words.txt | head -n 2
cp words.txt w; sed -i 's/fig/FIG/' w; grep -c FIG w
sed -n '1w out' words.txt; cat out
