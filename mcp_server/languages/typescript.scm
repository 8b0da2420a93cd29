
; What TypeScript has beyond JavaScript.

(abstract_class_declaration) @def.class
(interface_declaration) @def.interface
(type_alias_declaration) @def.type
(enum_declaration) @def.enum
[
  (internal_module)
  (module)
] @def.namespace
(public_field_definition) @def.member
[
  (method_signature)
  (abstract_method_signature)
] @def.method
(property_signature) @def.member
(function_signature) @def.function

(interface_body) @body
(enum_body) @body
