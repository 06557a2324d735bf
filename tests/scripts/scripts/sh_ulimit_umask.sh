# Limits and masks.
umask; umask 077; umask; touch private; ls -l private | cut -c1-10
umask u=rwx,g=rx,o=; umask; umask -S
umask 022
ulimit -n >/dev/null; echo $?
(ulimit -n 50; ulimit -n)
(ulimit -c 0; ulimit -c)
ulimit -f
