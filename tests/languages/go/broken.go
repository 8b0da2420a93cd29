#--- path: broken.go ---#
package p

func good() { first() }
#    ^^^^ def function good
#             ^^^^^ call good -> ?first

func bad( { second(; }
#^ problem syntax error near '{'

func (t *T) after() { third() }
#^ problem syntax error near '('
#        ^ def impl T
#           ^^^^^ def method T.after
#                     ^^^^^ call T.after -> ?third

type T struct { x
#^ problem syntax error near 'type T struct { x'
