# Columns.
while IFS=, read -r name colour count; do printf '%-5s|%6s|%4d|\n' "$name" "$colour" "$count"; done <table.csv
