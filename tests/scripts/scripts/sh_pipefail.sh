# The first failure of a pipeline.
false | true; echo $?
set -o pipefail
false | true; echo $?
(exit 3) | (exit 4) | true; echo $?
set +o pipefail
false | true; echo $?
