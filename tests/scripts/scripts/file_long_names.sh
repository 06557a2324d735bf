# The longest names and paths.
n=$(printf '%0255d' 0); touch "$n" && echo ok; ls | wc -c; touch "${n}x" 2>/dev/null; echo $?
d=$(printf '%0100d' 1); i=0; while [ $i -lt 30 ]; do mkdir $d && cd $d || break; i=$((i+1)); done; echo $i; pwd | wc -c | awk '{ print ($1 > 3000) }'
