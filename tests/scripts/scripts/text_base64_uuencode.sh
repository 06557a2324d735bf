# Bytes as letters.
base64 words.txt; base64 words.txt | base64 -d | cmp - words.txt && echo same
base32 words.txt | base32 -d | cmp - words.txt && echo same
uuencode words.txt name | head -n 2
uuencode words.txt back >u; uudecode u; cmp back words.txt && echo same
printf 'a b&c' | base64
