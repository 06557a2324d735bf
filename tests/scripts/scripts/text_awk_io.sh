# Files and commands from awk.
awk '{ print > ($1 ".out") }' words.txt; ls *.out
awk 'BEGIN { while ((getline l < "words.txt") > 0) n++; print n; close("words.txt"); getline l < "words.txt"; print l }'
awk 'BEGIN { "echo cmd" | getline x; print x; print "b\na" | "sort"; close("sort"); print system("exit 3") }'
printf '1\n2\n3\n' | awk 'NR == 1 { next } { print; exit } END { print "end" }'
awk 'FNR == 1 { print FILENAME } END { print NR }' words.txt numbers.txt
awk 'BEGIN { OFS = "-"; $0 = "a b c"; $2 = "X"; print; NF = 2; print }'
awk 'BEGIN { RS = "" } { print NR ": " $1 }' prose.txt
