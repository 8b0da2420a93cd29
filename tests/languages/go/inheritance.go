#--- path: inherit.go ---#
package p

type Base struct{}
#    ^^^^ def struct Base

func (b Base) Hello() {}
#       ^^^^ def impl Base
#             ^^^^^ def method Base.Hello

type Outer struct {
#    ^^^^^ def struct Outer
	*Base
# ^^^^ def field Outer.Base
	other.Mixed
#      ^^^^^ def field Outer.Mixed
	named Base
#^^^^^ def field Outer.named
}

func (o *Outer) Run() {
#        ^^^^^ def impl Outer
#               ^^^ def method Outer.Run
	o.Hello()
#  ^^^^^ call Outer.Run -> Outer.Run:o.Hello
	o.Base.Hello()
#       ^^^^^ call Outer.Run -> Outer.Run:o.Base.Hello
	o.named.Hello()
#        ^^^^^ call Outer.Run -> Outer.Run:o.named.Hello
	o.Mixed.Do()
#        ^^ call Outer.Run -> Outer.Run:o.Mixed.Do
	var s Speaker = o
	s.Hello()
#  ^^^^^ call Outer.Run -> Outer.Run:s.Hello
}

type Speaker interface {
#    ^^^^^^^ def interface Speaker
	Hello()
#^^^^^ def method Speaker.Hello [abstract]
	Closer
}
