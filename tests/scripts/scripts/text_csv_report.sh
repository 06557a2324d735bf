# A table made of another.
awk -F, '{ n[$2]++; s[$2] += $3 } END { for (c in n) printf "%-6s %2d %5.1f\n", c, n[c], s[c] / n[c] }' table.csv | sort
