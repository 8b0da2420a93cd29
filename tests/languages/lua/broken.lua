#--- path: broken.lua ---#
function good() first() end
#        ^^^^ def function good
function bad( second( end
#^ problem syntax error: missing ')'
function after() third() end
#        ^^^^^ def function after
