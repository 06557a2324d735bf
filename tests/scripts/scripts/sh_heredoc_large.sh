# A document larger than a pipe.
{ echo 'cat <<E'; seq 20000; echo E; } >big
sh ./big | md5sum
sh ./big | tail -n 1
