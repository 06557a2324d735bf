# Walks over a tree.
mkdir -p t/a/b t/c; touch t/1.c t/a/2.c t/a/b/3.h t/c/4.c; echo data >t/c/big; chmod 600 t/1.c
find t | sort
find t -name '*.c' | sort; find t -type d | sort; find t -type f -size +0 
find t -maxdepth 1 | sort; find t -mindepth 3 | sort
find t -name '*.h' -o -name 4.c | sort; find t ! -name '*.c' -type f | sort
find t -path '*/b/*'; find t -perm 600; find t -empty -type f | wc -l
find t -name a -prune -o -type f -print | sort
find t -type f -exec basename {} \; | sort; find t -name '*.c' -exec echo {} + | wc -w
find t -name 3.h -delete; find t -name 3.h | wc -l
find t -newer t/1.c >/dev/null; echo $?; find t -type f -print0 | tr '\0' '\n' | wc -l
