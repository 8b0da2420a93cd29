#--- path: plain.h ---#
int plain(int new, int class);
#   ^^^^^ def function plain [declaration]
