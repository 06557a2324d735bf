# Files put where they belong.
install -m 750 words.txt w; stat -c %a w; install -d a/b; ls -d a/b
install words.txt numbers.txt a; ls a
