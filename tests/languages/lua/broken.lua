#--- path: broken.lua ---#
function good() first() end
#        ^^^^ def function good
function bad( second( end
#^ problem syntax error: missing ')'
#        ^^^ def function bad
function after() third() end
