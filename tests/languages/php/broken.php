#--- path: broken.php ---#
<?php
class Good { function one() { first(); } }
#     ^^^^ def class Good
#                     ^^^ def method Good.one
function bad( { second(; }
#^ problem syntax error: missing ')'
#        ^^^ def function bad
function after() { third(); }
#        ^^^^^ def function after
