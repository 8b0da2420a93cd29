#--- path: imports.java ---#
package com.foo;
import java.util.List;
#^ import module java.util:List as List
import java.util.*;
#^ import module java.util:*
import static com.bar.Baz.qux;
#^ import module com.bar:Baz as com.bar.Baz
import static com.bar.Baz.*;
#^ import module com.bar.Baz:*
import single;
#^ import module :single as single
