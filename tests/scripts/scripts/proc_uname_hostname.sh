# The system's names.
uname -s; uname -m; uname >/dev/null; echo $?; hostname >/dev/null; echo $?
arch; nproc >/dev/null; echo $?
