# Output to two places.
echo a | tee f; echo b | tee -a f >/dev/null; cat f
seq 3 | tee one two | wc -l; cmp one two && echo same
