# Errors that end the shell.
sh -ec 'echo a; false; echo b'; echo $?
sh -ec 'if false; then :; fi; echo c'; echo $?
sh -ec 'false || echo d; ! true; echo e'; echo $?
sh -ec 'f() { false; echo in; }; f; echo f'; echo $?
sh -ec 'x=$(false); echo g'; echo $?
sh -ec '(false); echo h'; echo $?
sh -ec 'false & wait; echo i'; echo $?
