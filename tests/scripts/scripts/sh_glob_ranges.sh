# Classes and ranges of patterns.
touch f1 f2 f3 fa fb F1 f-; for p in 'f[0-9]' 'f[!0-9]' 'f[a-b]' '[[:upper:]]?' 'f[[:alpha:]]' 'f[-x]' '[fF]1'; do echo $p; done
case b in [[:lower:]]) echo lower ;; esac; case - in [a-]) echo dash ;; esac; case ] in []]) echo bracket ;; esac
