#--- path: imports.php ---#
<?php
use A\B\C;
#^ import module A\B:C as C
use A\B\D as E, F\G;
#^ import module A\B:D as E
#^ import module F:G as G
use A\{H, I as J};
#^ import module A:H as H
#^ import module A:I as J
use function A\run;
#^ import module A:run as run
require_once 'lib/file.php';
#^ import module .lib/file.php:*
include "other.php";
#^ import module .other.php:*
