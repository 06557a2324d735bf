# Sums of contents.
md5sum words.txt; sha1sum words.txt; sha256sum words.txt; sha512sum words.txt
sha3sum words.txt
cksum words.txt; sum words.txt; crc32 words.txt
md5sum *.txt >sums; md5sum -c sums; echo x >>words.txt; md5sum -c sums 2>/dev/null | grep FAILED
