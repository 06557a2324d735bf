# Where statuses come from.
sh -c 'exit 3'; echo $?
sh -c 'exit 300'; echo $?
no-such-command 2>/dev/null; echo $?
echo >plain; ./plain 2>/dev/null; echo $?
sh -c 'kill -TERM $$'; echo $?
(exit); echo $?
false | true; echo $?
true | false; echo $?
f() { return 12; }; f; echo $?
sh -c 'false; exit'; echo $?
