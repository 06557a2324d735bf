# Lengths and parts of values.
v=hello.world.txt
echo ${#v} ${#nothing} ${v:0:5} ${v:6} ${v:6:5} ${v: -3} ${v:2:-4}
echo "${v#*.}" "${v##*.}" "${v%.*}" "${v%%.*}"
echo "${v/o/0}" "${v//o/0}" "${v/hello/}" "${v//[aeiou]}"
p=/usr/local/lib/file.so
echo "${p##*/}" "${p%/*}" "${p#/usr}"
set -- a bb ccc; echo $# ${#2} ${#*}
