
; A field of a class has another name in the grammar of plain JavaScript than in that of TypeScript.

(field_definition) @def.member
