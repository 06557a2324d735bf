# Listings without times.
mkdir d; touch d/a d/b .h; ln -s words.txt l
ls; ls -a | head -n 3; ls -1 d; ls -d d
ls -F | grep '[/@]'
ls -R d
ls -r *.txt; ls no-such 2>/dev/null; echo $?
chmod 640 words.txt; ls -l words.txt | cut -c1-10
ls -S *.txt | head -n 1
ls -p | grep /
