; What the Kotlin extractor looks for. docs/adding-a-language.md has the capture names.

(package_header (qualified_identifier) @package)

(class_declaration "class") @def.class
(class_declaration "interface") @def.interface
(object_declaration) @def.class
(object_literal) @def.anonymous
(function_declaration) @def.function
(secondary_constructor) @def.constructor
(type_alias) @def.type

(delegation_specifier (user_type) @base)
(delegation_specifier (explicit_delegation (user_type) @base))
(delegation_specifier (constructor_invocation (user_type) @base))
(type_parameter) @type_parameter
(function_declaration (function_value_parameters) . [(user_type) (nullable_type)] @returns)
(class_declaration (modifiers (annotation) @decorator))
(function_declaration (modifiers (annotation) @decorator))

(parameter) @parameter
(lambda_parameters (variable_declaration) @parameter)
(anonymous_function) @scope.lambda
(lambda_literal) @scope.lambda
(block) @scope.block
(for_statement) @scope.block
(when_entry) @scope.block
(catch_block) @scope.block
(getter) @scope.block
(setter) @scope.block

(class_parameter) @bind.field
(enum_entry) @bind.field
(property_declaration) @bind.variable
(for_statement) @bind.local
(catch_block) @bind.local
(when_subject (variable_declaration)) @bind.local

(import) @import

(call_expression) @call

(source_file (_) @statement)
(when_expression (when_entry) @statement)
(class_body) @body
(enum_class_body) @body
(block) @body
(when_expression) @block
[(line_comment) (block_comment)] @comment
