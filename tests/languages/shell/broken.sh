#--- path: broken.sh ---#
good() { first; }
#< def function good
bad() { if x; then second
#^ problem syntax error near '() { if x; then second after() { third;…'
after() { third; }
#< def function after
