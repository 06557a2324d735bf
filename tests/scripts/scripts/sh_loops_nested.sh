# A sieve.
n=100; set -- 
i=2
while [ $i -le $n ]; do
	j=2 p=1
	while [ $((j*j)) -le $i ]; do
		if [ $((i%j)) = 0 ]; then p=0; break; fi
		j=$((j+1))
	done
	[ $p = 1 ] && set -- "$@" $i
	i=$((i+1))
done
echo $*; echo $#
