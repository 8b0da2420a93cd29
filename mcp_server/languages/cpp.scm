; What the C++ extractor looks for besides c_family.scm.

(class_specifier name: (_) body: (_)) @def.class
(namespace_definition) @def.namespace
(alias_declaration) @def.type
(field_declaration_list (declaration declarator: (function_declarator)) @def.function)
(field_declaration declarator: [(function_declarator) (pointer_declarator (function_declarator)) (reference_declarator (function_declarator))]) @def.function
(template_declaration (declaration declarator: (function_declarator)) @def.function)
(type_definition type: [(type_identifier) (primitive_type) (sized_type_specifier) (template_type) (qualified_identifier)]) @def.type

(field_declaration type: (_) @returns declarator: [(function_declarator) (pointer_declarator (function_declarator)) (reference_declarator (function_declarator))])
(trailing_return_type (type_descriptor) @returns)
(base_class_clause [(type_identifier) (template_type) (qualified_identifier)] @base)
(function_definition (storage_class_specifier) @flag.static (#eq? @flag.static "static"))
(field_declaration (storage_class_specifier) @flag.static declarator: (function_declarator) (#eq? @flag.static "static"))
(optional_parameter_declaration) @parameter

(for_range_loop) @scope.block
(if_statement) @scope.block
(catch_clause) @scope.block
(lambda_expression) @scope.lambda

(for_range_loop) @bind.local
(using_declaration (qualified_identifier)) @bind.local
(namespace_alias_definition) @bind.local

(new_expression) @call

(declaration_list (_) @statement)
