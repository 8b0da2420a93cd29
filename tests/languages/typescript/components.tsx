#--- path: app.tsx ---#
import { Row } from "./row";
export const List: FC<Props> = ({ items }) => {
#            ^^^^ def function List
  const pick = (item: Item) => item.go();
#       ^^^^ def function List.pick
#                                   ^^ call List.pick -> List.pick(item).go
  return <ns.Table a={pick(1)}>{items.map((item) => <Row key={item.id()} on={() => pick(item)} />)}<div /></ns.Table>;
#            ^^^^^ call List -> ?ns.Table
#                     ^^^^ call List -> List:pick
#                                     ^^^ call List -> List:items.map
#                                                    ^^^ call List -> :Row
#                                                                  ^^ call List -> List:item#1.id
#                                                                                  ^^^^ call List -> List:pick
};
