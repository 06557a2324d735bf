# Names with blanks through a pipeline.
mkdir -p 'd x'; echo a >'d x/f 1'; echo b >'d x/f 2'
find . -name 'f *' -print0 | sort -z | xargs -0 cat
find . -name 'f *' | sort | while IFS= read -r f; do echo "<$f>"; done
find . -type f -name 'f 1' -exec sh -c 'echo "$1"; cat "$1"' _ {} \;
