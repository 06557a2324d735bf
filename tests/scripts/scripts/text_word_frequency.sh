# A well-known pipeline.
tr -cs A-Za-z '\n' <prose.txt | tr A-Z a-z | grep . | sort | uniq -c | sort -k1,1nr -k2 | head -n 6 | sed 's/^ *//'
