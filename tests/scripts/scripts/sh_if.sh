# Conditions.
if true; then echo 1; fi
if false; then echo x; else echo 2; fi
if false; then echo x; elif true; then echo 3; else echo x; fi
if false; then echo x; fi; echo $?
true && echo 4 || echo x
false && echo x || echo 5
if ! false; then echo 6; fi
if [ -f words.txt ] && [ ! -d words.txt ]; then echo 7; fi
if echo a | grep -q b; then echo x; else echo 8; fi
