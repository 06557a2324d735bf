# Names that match.
mkdir g; cd g; touch a b ab abc .hidden 'x y' '[z]'
echo *
echo a*
echo ?
echo [ab]
echo [!a]*
echo .h*
echo no-match-*
echo '*' "*" \*
echo \[*
for f in *' '*; do echo "<$f>"; done
mkdir d; touch d/1 d/2; echo */*
set -f; echo *; set +f
