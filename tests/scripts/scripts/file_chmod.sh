# Permissions.
touch f; for m in 644 600 755 u+s g+s o-r a=r u+w,g-r +x =; do chmod $m f; echo "$m $(stat -c '%a %A' f)"; done
mkdir d; chmod 1777 d; stat -c %A d; touch d/x; chmod -R go-rwx d; stat -c %a d d/x
chmod 999 f 2>/dev/null; echo $?
