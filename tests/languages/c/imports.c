#--- path: imports.c ---#
#include <stdio.h>
#^ import module stdio.h:*
#include "dir/node.h"
#^ import module .dir/node.h:*
#include MACRO
#ifdef X
#include "conditional.h"
#^ import module .conditional.h:*
#endif
