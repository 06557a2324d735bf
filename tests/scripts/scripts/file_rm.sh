# What is taken away.
touch a b c; rm a; ls; rm -f b no-such; echo $?
rm no-such 2>/dev/null; echo $?
mkdir -p d/e/f; touch d/e/g; rm -r d; ls -d d 2>/dev/null; echo $?
mkdir k; rm k 2>/dev/null; echo $?; rmdir k; echo $?
mkdir -p x/y/z; rmdir -p x/y/z; ls -d x 2>/dev/null; echo $?
mkdir full; touch full/f; rmdir full 2>/dev/null; echo $?
touch -- -f; rm -- -f; ls ./-f 2>/dev/null; echo $?
unlink c; ls c 2>/dev/null; echo $?
