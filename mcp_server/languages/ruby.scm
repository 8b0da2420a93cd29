; What the Ruby extractor looks for. docs/adding-a-language.md has the capture names.

(class) @def.class
(module) @def.module
(method) @def.function
(singleton_method) @def.function

(superclass (_) @base)
(call !receiver method: (identifier) @_mixin arguments: (argument_list [(constant) (scope_resolution)] @base)
  (#match? @_mixin "^(include|extend|prepend)$"))
(singleton_method object: (self) @flag.static)

(method_parameters (identifier) @parameter)
(method_parameters [(optional_parameter) (splat_parameter) (keyword_parameter) (hash_splat_parameter)
  (block_parameter)] @parameter)
(block_parameters (identifier) @parameter)
(block_parameters [(optional_parameter) (splat_parameter) (keyword_parameter)] @parameter)
(lambda_parameters (identifier) @parameter)

(block) @scope.lambda
(do_block) @scope.lambda
(lambda) @scope.lambda

(assignment left: (constant)) @bind.constant
(assignment left: [(identifier) (instance_variable) (class_variable) (call)]) @assign
(operator_assignment left: [(identifier) (instance_variable)]) @assign
(left_assignment_list (identifier) @bind.local)
(exception_variable (identifier) @bind.local)
(for pattern: (identifier) @bind.local)

(return (argument_list . (_) @return .))
; A method gives the value of its last statement.
(method body: (body_statement (_) @return .))
(singleton_method body: (body_statement (_) @return .))
(method body: [(call) (identifier) (constant) (scope_resolution) (instance_variable) (binary) (conditional)] @return)
(singleton_method
  body: [(call) (identifier) (constant) (scope_resolution) (instance_variable) (binary) (conditional)] @return)

(call !receiver method: (identifier) @_load (#match? @_load "^(require|require_relative|load)$")) @import

(call) @call
(body_statement (identifier) @maybe)
(block_body (identifier) @maybe)
(then (identifier) @maybe)
(else (identifier) @maybe)
(call receiver: (identifier) @maybe)
(argument_list (identifier) @maybe)
(assignment right: (identifier) @maybe)
(binary (identifier) @maybe)
(if condition: (identifier) @maybe)
(if_modifier condition: (identifier) @maybe)
(unless_modifier condition: (identifier) @maybe)
(interpolation (identifier) @maybe)

(program (_) @statement)
(body_statement) @body
(block_body) @body
(then) @body
(comment) @comment
