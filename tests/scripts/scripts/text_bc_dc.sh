# Calculators.
echo '2^64; 7/2; scale=3; 7/2' | bc
echo 'define f(n) { if (n <= 1) return 1; return n * f(n - 1); } f(25)' | bc
echo 'ibase=16; FF' | bc; echo 'obase=2; 10' | bc
echo '2 3 + p 4 * p' | dc
echo '10 k 2 v p' | dc
