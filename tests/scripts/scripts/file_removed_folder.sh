# A working directory that is gone.
mkdir g; cd g; rmdir ../g; ls; echo $?; touch x 2>/dev/null; echo $?
cd ..; ls -d g 2>/dev/null; echo $?
