# Dates of given moments.
date -u -d @0; date -u -d @1700000000 '+%Y-%m-%d %H:%M:%S %j %u %a %b'
date -u -d '2024-02-29 12:34:56' +%s
TZ=EST5EDT date -d @1700000000 '+%H:%M %Z'
TZ=CET-1CEST,M3.5.0,M10.5.0/3 date -d @1720000000 '+%H:%M %Z'
date -u -d @1700000000 -R; date -u -d @1700000000 -I
date -u -r words.txt >/dev/null; echo $?
