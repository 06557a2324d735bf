# Files in pieces.
split -l 4 words.txt; ls x??; cat x?? | cmp - words.txt && echo whole
split -b 10 -a 1 words.txt part.; ls part.? | wc -l
wc -c part.a
