# Networks by numbers.
ipcalc -b -n -m 192.168.1.10/24; ipcalc -p 10.0.0.1 255.0.0.0
