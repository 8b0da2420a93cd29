#--- path: definitions.sh ---#
#!/bin/bash
LIMIT=1
#< def constant LIMIT
export other=2
#      ^^^^^ def variable other
# Adds.
function add() { local a=1; }
#        ^^^ def function add
sub () {
#< def function sub
    inner() { true; }
#   ^^^^^ def function sub.inner
}
