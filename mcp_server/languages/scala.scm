; What the Scala extractor looks for. docs/adding-a-language.md has the capture names.

(package_clause name: (_) @package)

(class_definition) @def.class
(trait_definition) @def.trait
(object_definition) @def.module
(package_object) @def.module
(enum_definition) @def.enum
(function_definition) @def.function
(function_declaration) @def.function
(type_definition) @def.type
(instance_expression (template_body)) @def.anonymous

(extends_clause type: [(type_identifier) (generic_type) (stable_type_identifier)] @base)
(type_parameters name: (identifier) @type_parameter)
(function_definition return_type: (_) @returns)
(function_declaration return_type: (_) @returns)
(class_definition (annotation) @decorator)
(function_definition (annotation) @decorator)

(parameter) @parameter
(lambda_expression parameters: (identifier) @parameter)
(binding) @parameter

(lambda_expression) @scope.lambda
(block) @scope.block
(for_expression) @scope.block
(case_clause) @scope.block

(class_parameter) @bind.field
(val_definition) @bind.variable
(var_definition) @bind.variable
(val_declaration) @bind.variable
(var_declaration) @bind.variable
(given_definition) @bind.variable
(simple_enum_case) @bind.field
(full_enum_case) @bind.field
(enumerator) @bind.local
(typed_pattern) @bind.local
(case_class_pattern pattern: (identifier) @bind.local)

(import_declaration) @import

(call_expression) @call
(instance_expression) @call

(compilation_unit (_) @statement)
(template_body) @body
(enum_body) @body
(block) @body
(case_block) @body
[(comment) (block_comment)] @comment
