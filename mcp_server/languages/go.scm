; What the Go extractor looks for. docs/adding-a-language.md has the capture names.

(function_declaration) @def.function
(method_declaration) @def.method
(method_elem) @def.method
(type_spec type: (struct_type)) @def.struct
(type_spec type: (interface_type)) @def.interface
(type_spec type: [
  (type_identifier)
  (qualified_type)
  (generic_type)
  (pointer_type)
  (slice_type)
  (array_type)
  (map_type)
  (channel_type)
  (function_type)
  (parenthesized_type)
]) @def.type
(type_alias) @def.type

(type_alias type: (_) @base)
(struct_type (field_declaration_list (field_declaration !name type: (_) @base)))
(interface_type (type_elem . [(type_identifier) (qualified_type) (generic_type)] @base .))
(function_declaration result: (_) @returns)
(method_declaration result: (_) @returns)
(method_elem result: (_) @returns)
(method_elem) @flag.abstract
(type_parameter_declaration) @type_parameter

(method_declaration receiver: (parameter_list (parameter_declaration) @bind.local))
(function_declaration parameters: (parameter_list (_) @parameter))
(method_declaration parameters: (parameter_list (_) @parameter))
(method_elem parameters: (parameter_list (_) @parameter))
(func_literal parameters: (parameter_list (_) @parameter))
(function_declaration result: (parameter_list (parameter_declaration name: (_)) @bind.local))
(method_declaration result: (parameter_list (parameter_declaration name: (_)) @bind.local))
(func_literal result: (parameter_list (parameter_declaration name: (_)) @bind.local))

(func_literal) @scope.function
[
  (block)
  (if_statement)
  (for_statement)
  (expression_switch_statement)
  (type_switch_statement)
  (expression_case)
  (type_case)
  (default_case)
  (communication_case)
] @scope.block

(type_spec type: (struct_type (field_declaration_list (field_declaration) @bind.field)))
(var_spec) @bind.variable
(const_spec) @bind.constant
(short_var_declaration) @bind.local
(range_clause ":=") @bind.local
(receive_statement ":=") @bind.local
(type_case (statement_list) @bind.local)
(type_alias) @bind.local

(import_spec) @import

(call_expression) @call
(type_conversion_expression type: (generic_type)) @call

(source_file (_) @statement)
(statement_list (_) @statement)
(block) @block
(field_declaration_list) @body
(interface_type) @body
[
  (expression_case)
  (type_case)
  (default_case)
  (communication_case)
] @block
(comment) @comment
