#!/bin/sh
# Counts the kernel's lines: all of src, without blank lines, comments, and what only tests compile (files under a `tests` or `testing`
# folder or named so, and everything from a file's `#[cfg(test)] mod` on). Prints each folder's and the sum; see docs/notes/0008.
set -eu
cd "$(dirname -- "$0")/src"
find . -name '*.rs' ! -path './testing*' ! -path './mm/tests/*' ! -path './mm/testing.rs' | sort | while read -r file; do
    count=$(awk '
        /^#\[cfg\(test\)\]/ { held = 1; next }
        held && /^mod [a-z_]+ \{/ { exit }
        held { held = 0; if ($0 ~ /^(pub )?mod [a-z_]+;/) next }
        /^[ \t]*(\/\/.*)?$/ { next }
        { count++ }
        END { print count + 0 }' "$file")
    printf '%s %s\n' "$count" "$file"
done | awk '
    {
        split($2, part, "/")
        folder = part[3] == "" ? "(top)" : part[2]
        lines[folder] += $1
        sum += $1
    }
    END {
        for (folder in lines) printf "%7d %s\n", lines[folder], folder | "sort -k2"
        close("sort -k2")
        printf "%7d together\n", sum
    }'
