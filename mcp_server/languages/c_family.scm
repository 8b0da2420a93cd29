; What the C and C++ extractors look for, both. docs/adding-a-language.md has the capture names.

(function_definition) @def.function
(translation_unit
  (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_if (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_ifdef (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(preproc_else (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(declaration_list (declaration declarator: [(function_declarator) (pointer_declarator (function_declarator))]) @def.function)
(struct_specifier name: (_) body: (_)) @def.struct
(union_specifier name: (_) body: (_)) @def.struct
(enum_specifier name: (_) body: (_)) @def.enum
(type_definition type: (struct_specifier !name body: (_))) @def.struct
(type_definition type: (union_specifier !name body: (_))) @def.struct
(type_definition type: (enum_specifier !name body: (_))) @def.enum
(type_definition type: (struct_specifier name: (_)) declarator: (type_identifier) @def.type)
(type_definition type: (union_specifier name: (_)) declarator: (type_identifier) @def.type)
(type_definition type: (enum_specifier name: (_)) declarator: (type_identifier) @def.type)
(preproc_function_def) @def.macro

(function_definition type: (_) @returns)
(declaration type: (_) @returns declarator: [(function_declarator) (pointer_declarator (function_declarator))])
(parameter_declaration) @parameter

(compound_statement) @scope.block
(for_statement) @scope.block

(declaration) @bind.variable
(field_declaration) @bind.field
(enumerator) @bind.constant
(preproc_def value: (_)) @bind.constant

(preproc_include) @import

(call_expression) @call

(translation_unit (_) @statement)
(case_statement) @statement
(preproc_if (_) @statement)
(preproc_ifdef (_) @statement)
(preproc_else (_) @statement)
(compound_statement) @body
(field_declaration_list) @body
(enumerator_list) @body
(comment) @comment
