# A thousand files.
mkdir m; i=0; while [ $i -lt 300 ]; do : >m/f$i; i=$((i+1)); done
ls m | wc -l; ls m | head -n 2; echo m/f1* | wc -w
rm m/f2*; ls m | wc -l; rm -r m; ls -d m 2>/dev/null; echo $?
