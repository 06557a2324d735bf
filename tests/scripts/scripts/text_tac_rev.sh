# The other way round.
tac words.txt | head -n 2
rev words.txt | head -n 2
echo abc | rev
