# Arrays and loops.
awk '{ n[$1]++ } END { for (w in n) print w, n[w] }' words.txt | sort
awk 'BEGIN { a["x"] = 1; print ("x" in a), ("y" in a); delete a["x"]; print length(a) }'
awk 'BEGIN { for (i = 0; i < 3; i++) a[i, i + 1] = i; for (k in a) { split(k, p, SUBSEP); s += p[2] } print s }'
awk 'BEGIN { while (i < 3) { i++; if (i == 2) continue; print i } do { j++ } while (j < 5); print j }'
