#--- path: calls.go ---#
package p

import (
	"fmt"
	j "encoding/json"
	. "strings"
	_ "embed"
	"gopkg.in/yaml.v3"
	"example.com/x/go-tool/v2"
)

var global = build()
#            ^^^^^ call module -> ?build

func (s *server) run(c client, all []client, byName map[string]*client, ch chan client) (n int, err error) {
	s.run(c, all, byName, ch)
#  ^^^ call server.run -> server.run:s.run
	c.call()
#  ^^^^ call server.run -> server.run(c).call
	s.field.call()
#        ^^^^ call server.run -> server.run:s.field.call
	fmt.Println(j.Marshal(c), ToUpper("x"), yaml.Load(), tool.Do())
#    ^^^^^^^ call server.run -> :fmt.Println
#              ^^^^^^^ call server.run -> :j.Marshal
#                          ^^^^^^^ call server.run -> ?ToUpper
#                                             ^^^^ call server.run -> :yaml.Load
#                                                          ^^ call server.run -> :tool.Do
	x := &client{addr: build()}
#                   ^^^^^ call server.run -> ?build
	x.call()
#  ^^^^ call server.run -> server.run:x.call
	y, err := two()
#          ^^^ call server.run -> ?two
	y.call()
#  ^^^^ call server.run -> server.run:y.call
	if y, ok := c.(*client); ok {
		y.call()
#   ^^^^ call server.run -> server.run:y#1.call
	} else if err := y.call(); err != nil {
#                   ^^^^ call server.run -> server.run:y#1.call
		err.Error()
#     ^^^^^ call server.run -> server.run:err#3.Error
	}
	for i, each := range all {
		each.call()
#      ^^^^ call server.run -> server.run:each#5.call
		i.x()
#   ^ call server.run -> server.run:i#5.x
	}
	for _, each := range byName {
		each.call()
#      ^^^^ call server.run -> server.run:each#7.call
	}
	switch c := c.(type) {
	case *client:
		c.call()
#   ^^^^ call server.run -> server.run:c#10.call
	case int, string:
		c.x()
#   ^ call server.run -> server.run:c#11.x
	default:
		c.x()
#   ^ call server.run -> server.run(c).x
	}
	select {
	case got := <-ch:
		got.call()
#     ^^^^ call server.run -> server.run:got#13.call
	default:
	}
	go func(q *client) { q.call(); x.call() }(x)
#   ^^^^ call server.run -> lambda new _
#                       ^^^^ call server.run -> server.run:q#15.call
#                                 ^^^^ call server.run -> server.run:x.call
	defer all[0].call()
#             ^^^^ call server.run -> server.run(all)[].call
	f := func() client { return c }
	f().call()
#^ call server.run -> server.run:f
#    ^^^^ call server.run -> server.run:f().call
	new(client).call()
#^^^ call server.run -> !new
#            ^^^^ call server.run -> new ?client.call
	made := make([]client, 3)
#        ^^^^ call server.run -> !make
	made[1].call()
#        ^^^^ call server.run -> server.run:made[].call
	append(made, c)[0].call()
#^^^^^^ call server.run -> !append
#                   ^^^^ call server.run -> server.run:made[].call
	x := x.next()
#       ^^^^ call server.run -> server.run:x.next
	{
		x := x.next()
#        ^^^^ call server.run -> server.run:x.next
		x.call()
#   ^^^^ call server.run -> server.run:x#19.call
	}
	generic[int](3)
#^^^^^^^ call server.run -> ?generic
	generic[int, string](3).call()
#^^^^^^^ call server.run -> ?generic
#                        ^^^^ call server.run -> ?generic().call
	(*client)(nil).call()
# ^ call server.run -> ?client
#               ^^^^ call server.run -> ?client().call
	s.hooks.on()(1)
#^ call server.run -> server.run:s.hooks.on()
#        ^^ call server.run -> server.run:s.hooks.on
	func() { global.call() }()
#^^^^ call server.run -> lambda new _
#                ^^^^ call server.run -> :global.call
	n.x()
#  ^ call server.run -> server.run:n.x
	(&c).call()
#     ^^^^ call server.run -> server.run(c).call
	all[1:][0].call()
#           ^^^^ call server.run -> server.run(all)[].call
	len(all)
#^^^ call server.run -> !len
	panic(fmt.Sprint(1))
#^^^^^ call server.run -> !panic
#          ^^^^^^ call server.run -> :fmt.Sprint
}
