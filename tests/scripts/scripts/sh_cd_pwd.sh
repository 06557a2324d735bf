# The working directory, by its name and physically.
top=$(pwd)
mkdir -p d/e; ln -s d/e link
cd link; echo "${PWD#$top}"; pwd -P | sed "s,$top,,"
cd ..; echo "${PWD#$top}"
cd -P link; echo "${PWD#$top}"
cd ../..; cd d; cd "$top/d/e"; cd - >/dev/null; echo "${PWD#$top}"
chdir "$top"; echo "${OLDPWD#$top}"
cd no-such 2>/dev/null; echo $?
CDPATH=$top/d; cd e >/dev/null; echo "${PWD#$top}"
