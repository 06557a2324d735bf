# 64 bits, and what wraps around.
echo $((9223372036854775807))
echo $((9223372036854775807 + 1))
echo $((-9223372036854775807 - 1))
echo $((1 << 62)) $((0xffffffff * 2))
i=0; while [ $((i*i)) -lt 200 ]; do i=$((i+1)); done; echo $i
