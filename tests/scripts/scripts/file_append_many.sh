# Many writers at a file's end.
for i in 1 2 3 4 5; do (for j in 1 2 3 4; do echo "$i$j" >>log; done) & done; wait
wc -l <log; sort log | uniq | wc -l
