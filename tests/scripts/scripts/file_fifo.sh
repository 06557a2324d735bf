# Named pipes.
mkfifo p; cat p & echo through >p; wait
(echo a; echo b) >p & sort -r <p; wait
test -p p; echo $?
exec 3<>p; echo self >&3; read -r l <&3; echo $l
