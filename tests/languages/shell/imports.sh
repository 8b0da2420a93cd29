#--- path: imports.sh ---#
source ./lib.sh
#^ import module ../lib.sh:*
. "$DIR/other.sh"
#^ import module .$/other.sh:*
