#--- path: Imports.kt ---#
import com.bar.Baz
#^ import module com.bar:Baz as Baz
import com.bar.Qux as Other
#^ import module com.bar:Qux as Other
import com.bar.*
#^ import module com.bar:*
