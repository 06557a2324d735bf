# Arguments from input.
echo a b c | xargs echo
printf '1\n2\n3\n' | xargs -n 1 echo x
printf 'a b\0c\0' | xargs -0 -n 1 echo
echo 'p q' | xargs -I {} echo '<{}>'
printf '' | xargs -r echo never
seq 5 | xargs -n 2
echo x | xargs false; echo $?
echo "'a b' c" | xargs -n 1 echo
