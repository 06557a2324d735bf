# Fields, patterns, sums.
awk -F, '{ print $2, $1 }' table.csv
awk -F, '$3 > 5 { s += $3 } END { print s, NR }' table.csv
awk -F, '$2 == "red" { n++ } END { print n }' table.csv
awk 'NF { print NR ": " $1 " " NF " " $NF }' prose.txt
awk 'length > 30' prose.txt
awk -v x=5 'BEGIN { print x * 2, ENVIRON["TZ"] }'
