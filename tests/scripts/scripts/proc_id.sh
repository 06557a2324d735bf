# Who the process is.
id -u >/dev/null; echo $?; [ "$(id -u)" = "$(id -ru)" ]; echo $?
id 0 2>/dev/null | cut -d' ' -f1; whoami >/dev/null; echo $?
id no-such-user 2>/dev/null; echo $?
