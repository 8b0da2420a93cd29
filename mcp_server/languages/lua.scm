; What the Lua extractor looks for. docs/adding-a-language.md has the capture names.

(function_declaration) @def.function
(assignment_statement
  (variable_list . name: (_) .) (expression_list . value: (function_definition) .)) @def.function
(field name: (identifier) value: (function_definition)) @def.function

(chunk (return_statement (expression_list . (identifier) @package .)))

(parameters name: (identifier) @parameter)
(block) @scope.block
(for_statement) @scope.block
(function_definition) @scope.lambda

(variable_declaration) @bind.variable
(for_generic_clause) @bind.local
(for_numeric_clause name: (identifier) @bind.local)
(assignment_statement) @assign

(return_statement (expression_list . (_) @return .))

(variable_declaration
  (assignment_statement (expression_list . value: (function_call name: (identifier) @_require)))
  (#eq? @_require "require")) @import
(chunk (function_call name: (identifier) @_alone) @import (#eq? @_alone "require"))

(function_call) @call

(chunk (_) @statement)
(block) @body
(table_constructor (field) @statement)
(table_constructor) @block
(comment) @comment
