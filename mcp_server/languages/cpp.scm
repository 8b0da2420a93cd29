; What the C++ extractor looks for. docs/adding-a-language.md has the capture names.

(function_definition) @def.function
(translation_unit
  (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_if (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_ifdef (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_else (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(declaration_list (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(class_specifier name: (_) body: (_)) @def.class
(struct_specifier name: (_) body: (_)) @def.struct
(namespace_definition) @def.namespace
(alias_declaration) @def.type
(field_declaration_list (declaration declarator: (function_declarator)) @def.function)
(field_declaration declarator: [(function_declarator) (pointer_declarator (function_declarator)) (reference_declarator (function_declarator))]) @def.function
(template_declaration (declaration declarator: (function_declarator)) @def.function)
(union_specifier name: (_) body: (_)) @def.struct
(enum_specifier name: (_) body: (_)) @def.enum
(type_definition type: (struct_specifier !name body: (_))) @def.struct
(type_definition type: (union_specifier !name body: (_))) @def.struct
(type_definition type: (enum_specifier !name body: (_))) @def.enum
(type_definition type: (struct_specifier name: (_)) declarator: (type_identifier) @def.type)
(type_definition type: (union_specifier name: (_)) declarator: (type_identifier) @def.type)
(type_definition type: (enum_specifier name: (_)) declarator: (type_identifier) @def.type)
(type_definition type: [(type_identifier) (primitive_type) (sized_type_specifier) (template_type) (qualified_identifier)]) @def.type
(preproc_function_def) @def.macro

(function_definition type: (_) @returns)
(declaration type: (_) @returns declarator: [(function_declarator) (pointer_declarator (function_declarator))])
(field_declaration type: (_) @returns declarator: [(function_declarator) (pointer_declarator (function_declarator)) (reference_declarator (function_declarator))])
(trailing_return_type (type_descriptor) @returns)
(base_class_clause [(type_identifier) (template_type) (qualified_identifier)] @base)
(function_definition (storage_class_specifier) @flag.static (#eq? @flag.static "static"))
(field_declaration (storage_class_specifier) @flag.static declarator: (function_declarator) (#eq? @flag.static "static"))
(parameter_declaration) @parameter
(optional_parameter_declaration) @parameter

(compound_statement) @scope.block
(for_statement) @scope.block
(for_range_loop) @scope.block
(if_statement) @scope.block
(catch_clause) @scope.block
(lambda_expression) @scope.lambda

(declaration) @bind.variable
(field_declaration) @bind.field
(for_range_loop) @bind.local
(using_declaration (qualified_identifier)) @bind.local
(namespace_alias_definition) @bind.local
(enumerator) @bind.constant
(preproc_def value: (_)) @bind.constant

(preproc_include) @import

(call_expression) @call
(new_expression) @call

(translation_unit (_) @statement)
(compound_statement (_) @statement)
(field_declaration_list (_) @statement)
(enumerator_list (_) @statement)
(case_statement) @statement
(preproc_if (_) @statement)
(preproc_ifdef (_) @statement)
(preproc_else (_) @statement)
(declaration_list (_) @statement)
(compound_statement) @block
(field_declaration_list) @block
(enumerator_list) @block
(comment) @comment
