# Names that change.
echo 1 >a; mv a b; ls a 2>/dev/null; cat b
mkdir d; mv b d; ls d; mv d e; ls e
echo x >f; echo y >g; mv f g; cat g
echo z >h; mv -n h g; cat g h
mv no-such x 2>/dev/null; echo $?
mkdir p q; touch q/1; mv q p; find p | sort
