# An alias takes part where a command stands, and is gone when taken back.
alias greet='echo hello'
alias twice='greet; greet'
eval greet
eval twice
alias greet
unalias greet
eval greet 2>/dev/null || echo "gone: $?"
alias a=1 b=2
unalias -a
alias | wc -l
