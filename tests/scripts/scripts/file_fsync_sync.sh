# Everything to its device.
echo x >f; sync; echo $?; fsync f; echo $?; cat f
fallocate -l 1000 g; wc -c <g
