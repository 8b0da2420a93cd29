#--- path: view.jsx ---#
function List({ rows }) { return <Item a={b()}><ns.Cell/>{rows.map(i => <Row k={i.k()}/>)}</Item>; }
#        ^^^^ def function List
#                                 ^^^^ call List -> ?Item
#                                         ^ call List -> ?b
#                                                  ^^^^ call List -> ?ns.Cell
#                                                              ^^^ call List -> List:rows.map
#                                                                        ^^^ call List -> ?Row
#                                                                                 ^ call List -> List:i#1.k
