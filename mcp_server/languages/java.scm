; What the Java extractor looks for. docs/adding-a-language.md has the capture names.

(package_declaration (_) @package)

(class_declaration) @def.class
(record_declaration) @def.class
(interface_declaration) @def.interface
(annotation_type_declaration) @def.interface
(enum_declaration) @def.enum
(method_declaration) @def.method
(annotation_type_element_declaration) @def.method
(constructor_declaration) @def.constructor
(compact_constructor_declaration) @def.constructor
(object_creation_expression (class_body) @def.anonymous)
(enum_constant (class_body) @def.anonymous)

(superclass (_) @base.class)
(super_interfaces (type_list (_) @base))
(extends_interfaces (type_list (_) @base))
(type_parameter) @type_parameter
(method_declaration type: (_) @returns)
(annotation_type_element_declaration type: (_) @returns)
(class_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(interface_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(enum_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(record_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(method_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(constructor_declaration (modifiers [(annotation) (marker_annotation)] @decorator))
(class_declaration (modifiers "static" @flag.static))
(class_declaration (modifiers "abstract" @flag.abstract))
(method_declaration (modifiers "static" @flag.static))
(method_declaration (modifiers "abstract" @flag.abstract))

(formal_parameter) @parameter
(spread_parameter) @parameter
(inferred_parameters (identifier) @parameter)
(lambda_expression parameters: (identifier) @parameter)
(catch_formal_parameter) @parameter

(lambda_expression) @scope.lambda
(block) @scope.block
(for_statement) @scope.block
(enhanced_for_statement) @scope.block
(try_with_resources_statement) @scope.block
(catch_clause) @scope.block
(switch_rule) @scope.block
(switch_block_statement_group) @scope.block

(field_declaration) @bind.field
(constant_declaration) @bind.field
(enum_constant) @bind.field
(local_variable_declaration) @bind.local
(enhanced_for_statement) @bind.local
(resource) @bind.local
(instanceof_expression name: (_)) @bind.local
(type_pattern) @bind.local
(record_pattern_component) @bind.local

(import_declaration) @import

(method_invocation) @call
(object_creation_expression) @call
(explicit_constructor_invocation) @call

(program (_) @statement)
(enum_body_declarations (_) @statement)
(class_body) @body
(interface_body) @body
(enum_body) @body
(block) @body
(constructor_body) @body
(switch_block) @body
[(line_comment) (block_comment)] @comment
