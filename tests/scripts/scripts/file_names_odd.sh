# Names with any bytes.
touch -- 'a b' 'c*d' '$e' "f'g" 'h"i' '\j' 'k;l' '#m' '-n' "$(printf 'new\nline')" "$(printf '\303\251')"
for f in *; do printf '%s|' "$f"; done; echo
ls | wc -l; rm -- *; ls | wc -l
