# What a file's first line names.
printf '#!/bin/sh\necho "$0 $1" | sed s,.*/,,\n' >s; chmod +x s; ./s a
printf '#!/bin/sed -f\ns/a/b/\n' >t; chmod +x t; echo aa | ./t
printf '#!/no/such\n' >u; chmod +x u; ./u 2>/dev/null; echo $?
printf 'echo plain script\n' >v; chmod +x v; ./v
printf '#!/bin/sh -e\nfalse\necho no\n' >w; chmod +x w; ./w; echo $?
