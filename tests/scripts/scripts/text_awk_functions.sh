# Functions of awk.
awk 'BEGIN { print length("abc"), substr("abcdef", 2, 3), index("abc", "c"), toupper("x") tolower("Y") }'
awk 'BEGIN { n = split("a:b:c", p, ":"); print n, p[1], p[3]; print match("foobar", /o+/), RSTART, RLENGTH }'
awk 'BEGIN { s = "aaa"; print gsub(/a/, "b", s), s; t = "x.y"; sub(/\./, "[&]", t); print t }'
awk 'BEGIN { printf "%5.2f|%-5s|%05d|%c|%x\n", 3.14159, "ab", 42, 65, 255 }'
awk 'BEGIN { print int(3.9), int(-3.9), 7 % 3, 2 ^ 10, 2 ** 3, sqrt(16), exp(0), log(1) }'
awk 'function f(n) { return n <= 1 ? 1 : n * f(n - 1) } BEGIN { print f(10) }'
