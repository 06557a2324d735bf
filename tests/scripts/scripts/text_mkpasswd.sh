# Hashes of passwords.
mkpasswd -m md5 -S abcdefgh secret; mkpasswd -m sha256 -S abcdefghijklmnop secret; mkpasswd -m sha512 -S abcdefghijklmnop secret
mkpasswd -m des -S ab secret
