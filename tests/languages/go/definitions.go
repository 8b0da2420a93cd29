#--- path: types.go ---#
// Package p.
package p

// T is documented.
// Twice.
type T[K comparable, V any] struct {
#    ^ def struct T
	A, b int
#^ assign T:A: int = _
#^ assign T:b: int = _
#^ def field T.A
#   ^ def field T.b
	*Emb
#^ assign T:Emb: Emb = _
# ^^^ def field T.Emb
	pkg.Other
#^ assign T:Other: pkg.Other = _
#    ^^^^^ def field T.Other
	m map[string]*T2
#^ assign T:m: map[string]*T2 = _
#^ def field T.m
	f func(int) string `json:"x"`
#^ assign T:f: func(int) string = _
#^ def field T.f
}
type I interface {
#    ^ def interface I
	M(a int) (string, error)
#^ def method I.M [abstract]
	Emb
	~int | string
}
type A = B
#    ^ def type A
type F func(a, b int) T
#    ^ def type F
type List []T
#    ^^^^ def type List
const (
	X = iota
#^ assign :X = <int>
#^ def constant X
	Y
#^ assign :Y = _
#^ def constant Y
)
var v, w = f(), 3
#^ assign :v = ?f()
#^ assign :w = <int>
#   ^ def variable v
#      ^ def variable w
var u *T
#^ assign :u: *T = _
#   ^ def variable u
func (t *T[K, V]) Do(a, b int, rest ...string) (r int, err error) {
#^ assign T.Do:t: *T[K, V] = _
#^ assign T.Do:r: int = _
#^ assign T.Do:err: error = _
#        ^ def impl T
#                 ^^ def method T.Do
	type local struct { x int }
#^ assign T.Do.local:x: int = _
#     ^^^^^ def struct T.Do.local
#                    ^ def field T.Do.local.x
	return
}
func (Other) unnamed() {}
#     ^^^^^ def impl Other
#            ^^^^^^^ def method Other.unnamed
func gen[G any](x G) (T, *I) { return x, nil }
#    ^^^ def function gen
