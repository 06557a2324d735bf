# Programs with another setting.
env A=1 B=2 sh -c 'echo $A$B'; env -i sh -c 'echo "[$HOME]"'
nice true; echo $?; nice -n 5 nice | cat; nohup echo kept 2>/dev/null | cat
setsid sh -c 'echo session'
