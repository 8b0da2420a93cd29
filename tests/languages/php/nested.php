#--- path: nested.php ---#
<?php
function outer() { function inner() {} class Local { function deep() {} } }
#        ^^^^^ def function outer
#                           ^^^^^ def function outer.inner
#                                            ^^^^^ def class outer.Local
#                                                             ^^^^ def method outer.Local.deep
