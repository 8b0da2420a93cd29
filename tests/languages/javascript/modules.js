#--- path: commonjs.js ---#
'use strict';
const a = require('./a'), { b, c: renamed } = require('./b'), d = require('./d').e;
#^ import module ./a:module.exports as a
#^ import module ./b:b as b
#^ import module ./b:c as renamed
#^ import module ./d:e as d
#         ^^^^^^^ call module -> !require
#                                             ^^^^^^^ call module -> !require
#                                                                 ^^^^^^^ call module -> !require
var app = exports = module.exports = {};
#^ assign :app = <Object>
#^ assign :module.exports = <Object>
#^ assign :default = <Object>
#   ^^^ def variable app
app.use = function use(fn) { this.handle(fn); a.x(); renamed(); b(); d(); };
#^ assign :app[] = definition[app.use]
#   ^^^ def method app.use
#                                 ^^^^^^ call app.use -> :app.handle
#                                               ^ call app.use -> :a.x
#                                                    ^^^^^^^ call app.use -> :renamed
#                                                               ^ call app.use -> :b
#                                                                    ^ call app.use -> :d
app.handle = () => require('./lazy').go();
#^ import module ./lazy:module.exports as require ./lazy
#^ assign :app[] = definition[app.handle]
#   ^^^^^^ def method app.handle
#                  ^^^^^^^ call app.handle -> !require
#                                    ^^ call app.handle -> :require ./lazy.go
function Foo(x) {
#        ^^^ def class Foo
  if (!(this instanceof Foo)) return new Foo(x);
#                                        ^^^ call Foo -> :Foo
  this.x = x;
#^ assign self[Foo].x = Foo(x)
  this.init();
#      ^^^^ call Foo -> self[Foo].init
}
Foo.prototype.init = function init() { this.done(); };
#^ assign self[Foo].init = definition[Foo.init]
#             ^^^^ def method Foo.init
#                                           ^^^^ call Foo.init -> self[Foo].done
Foo.prototype.done = () => {};
#^ assign self[Foo].done = definition[Foo.done]
#             ^^^^ def method Foo.done
exports.create = function create() { return new Foo(1).init(); };
#       ^^^^^^ def function create
#                                               ^^^ call create -> :Foo
#                                                      ^^^^ call create -> new :Foo.init
exports.Foo = Foo;
setTimeout(function tick() { tick(); });
#< call module -> !setTimeout
#                   ^^^^ def function tick [unbound]
#                            ^^^^ call tick -> tick:tick
#--- path: object.js ---#
function one() {}
#        ^^^ def function one
module.exports = { one, two: one, three() { this.two(); }, four: function () { one(); } };
#^ assign :two = :one
#^ assign :three = definition[three]
#^ assign :four = definition[four]
#^ assign :default = <Object>
#^ assign :{}@35 = <Object>
#                                 ^^^^^ def method three [unbound]
#                                                ^^^ call three -> :{}@35.two
#                                                          ^^^^ def method four [unbound]
#                                                                              ^^^ call four -> :one
#--- path: single.js ---#
module.exports = class Single { go() {} };
#^ assign :module.exports = definition[Single]
#^ assign :default = definition[Single]
#                      ^^^^^^ def class Single
#                               ^^ def method Single.go
