# The table of characters.
ascii | head -n 2; ascii | wc -l
