# The list of jobs, and signals by job number.
set -m 2>/dev/null
sleep 30 & 
jobs | sed 's/ *$//'
kill %1; wait %1 2>/dev/null; echo $?
jobs
sleep 30 & sleep 31 &
kill %+ %-; wait 2>/dev/null; echo done
