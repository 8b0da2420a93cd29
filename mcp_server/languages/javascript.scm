; What the JavaScript extractor looks for, and, with typescript.scm, the TypeScript extractor. Capture names are ours:
;   @def.*       definitions            @scope.*   regions with names of their own
;   @import @export  modules            @call      calls
;   @assign      assignments            @bind.*    other ways to bind a name
;   @return      what functions hand out
;   @statement @block @body @comment    where chunks may begin
; Parts of a captured node (name, body, parameters) are its grammar fields; javascript_sweep.py reads them.

[
  (function_declaration)
  (generator_function_declaration)
] @def.function
(method_definition) @def.method
[
  (class_declaration)
  (class)
] @def.class

[
  (function_expression)
  (generator_function)
  (arrow_function)
] @scope.function
(object) @scope.object
[
  (statement_block)
  (for_statement)
  (for_in_statement)
  (catch_clause)
  (switch_body)
  (class_static_block)
] @scope.block
(pair value: [(function_expression) (generator_function) (arrow_function)]) @def.member
(decorator) @decorated
[
  (lexical_declaration)
  (variable_declaration)
] @declaration

(import_statement) @import
(export_statement) @export

[
  (call_expression)
  (new_expression)
] @call

(variable_declarator) @assign.declared
(assignment_expression) @assign
(augmented_assignment_expression) @assign

(return_statement (_)) @return

(program (_) @statement)
(switch_body (_) @statement)
(object) @body
(statement_block) @body
(class_body) @body
(switch_case) @body
(comment) @comment
