# and, or, groups.
false || false || echo 1
true && true && echo 2
{ echo 3; false; } || echo 4
(exit 1) || echo 5
{ false; true; } && echo 6
true || echo x && echo 7
false && echo x; echo 8
if { true; false; }; then echo x; else echo 9; fi
