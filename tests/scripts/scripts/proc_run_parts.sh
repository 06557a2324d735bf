# Folders of programs.
mkdir d; printf '#!/bin/sh\necho one\n' >d/1; printf '#!/bin/sh\necho two $1\n' >d/2; chmod +x d/*
run-parts d; run-parts -a arg d
