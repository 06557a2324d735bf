# Times and kinds.
touch -d '2020-01-02 03:04:05' f; stat -c '%Y %s %F' f; date -u -r f '+%F %T'
touch -r f g; stat -c %Y g
touch -c none; ls none 2>/dev/null; echo $?
stat -c '%n %s' words.txt; stat -c %F . ; mkfifo p; stat -c %F p; ln -s f l; stat -c %F l; stat -L -c %F l
touch -t 202103040506.07 h; date -u -r h +%s
[ g -nt h ]; echo $?; [ h -nt f ]; echo $?; [ f -ot h ]; echo $?
