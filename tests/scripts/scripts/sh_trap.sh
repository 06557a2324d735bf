# Signals and the end.
trap 'echo caught USR1' USR1; kill -USR1 $$; echo after
trap '' TERM; kill -TERM $$; echo ignored
trap - TERM
trap 'echo int' INT; kill -INT $$
trap | sort
sh -c 'trap "echo bye \$?" EXIT; exit 3'; echo $?
sh -c 'trap "echo bye" 0; kill -TERM $$' ; echo $?
sh -c 'trap "exit 8" TERM; kill -TERM $$; echo not'; echo $?
trap 'echo exit' EXIT
trap - INT USR1
