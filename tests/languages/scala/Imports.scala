#--- path: Imports.scala ---#
import com.bar.Baz
#^ import module com.bar:Baz as Baz
import com.bar.{Qux, Quux => Other, _}
#^ import module com.bar:*
#^ import module com.bar:Quux as Other
#^ import module com.bar:Qux as Qux
import a.b._
#^ import module a.b:*
