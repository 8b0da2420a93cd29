
; What the grammars with JSX have beyond that: using a component is a call.

[
  (jsx_opening_element)
  (jsx_self_closing_element)
] @call
