# A producer and a consumer.
mkfifo p; (for i in 1 2 3; do echo item $i; done >p) & while read -r l; do echo "got $l"; done <p; wait
