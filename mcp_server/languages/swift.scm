; What the Swift extractor looks for. docs/adding-a-language.md has the capture names.

(class_declaration declaration_kind: ["class" "actor"]) @def.class
(class_declaration declaration_kind: "struct") @def.struct
(class_declaration declaration_kind: "enum") @def.enum
(class_declaration declaration_kind: "extension") @def.impl
(protocol_declaration) @def.interface
(function_declaration) @def.function
(protocol_function_declaration) @def.function
(init_declaration) @def.constructor
(deinit_declaration) @def.method
(typealias_declaration) @def.type

(inheritance_specifier inherits_from: (_) @base)
(type_parameter) @type_parameter
(function_declaration "->" . (_) @returns)
(protocol_function_declaration "->" . (_) @returns)
(class_declaration (modifiers (attribute) @decorator))
(function_declaration (modifiers (attribute) @decorator))
(function_declaration "async" @flag.async)
(function_declaration "class" @flag.static)
(function_declaration (modifiers (property_modifier) @flag.static) (#eq? @flag.static "static"))

(parameter) @parameter
(lambda_parameter) @parameter

(lambda_literal) @scope.lambda
(if_statement) @scope.block
(for_statement) @scope.block
(while_statement) @scope.block
(do_statement) @scope.block
(catch_block) @scope.block
(switch_entry) @scope.block
(computed_property) @scope.block
(computed_getter) @scope.block
(computed_setter) @scope.block

(property_declaration) @bind.variable
(protocol_property_declaration) @bind.variable
(enum_entry) @bind.field
(for_statement item: (pattern) @bind.local)
(if_statement bound_identifier: (simple_identifier) @bind.local)
(guard_statement bound_identifier: (simple_identifier) @bind.local)
(while_statement bound_identifier: (simple_identifier) @bind.local)
(catch_block error: (pattern) @bind.local)
(switch_pattern (pattern (pattern (simple_identifier) @bind.local)))

(import_declaration) @import

(call_expression) @call
(constructor_expression) @call

(source_file (_) @statement)
(switch_statement (switch_entry) @statement)
(class_body) @body
(protocol_body) @body
(enum_class_body) @body
(function_body) @block
(statements) @body
[(comment) (multiline_comment)] @comment
