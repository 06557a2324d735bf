# Sequences.
seq 3; seq 2 4; seq 1 3 10; seq 5 -2 1
seq -s, 5; echo
seq -w 8 10
seq 1 0.5 2
