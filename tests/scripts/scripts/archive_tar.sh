# Archives.
mkdir d; cp *.txt d; ln -s words.txt d/l; chmod 600 d/table.csv 2>/dev/null; 
tar cf a.tar d; tar tf a.tar | sort; mkdir x; tar xf a.tar -C x; diff -r d x/d; echo $?
tar tf a.tar d/words.txt; tar xf a.tar -O d/words.txt | md5sum
tar czf a.tgz d; tar tzf a.tgz | wc -l; tar cf - d | tar tf - | wc -l
tar cf b.tar --exclude=words.txt d; tar tf b.tar | grep -c words
tar xf no-such 2>/dev/null; echo $?
