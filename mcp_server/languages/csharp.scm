; What the C# extractor looks for. docs/adding-a-language.md has the capture names.

(namespace_declaration name: (_) @package)
(file_scoped_namespace_declaration name: (_) @package)

(class_declaration) @def.class
(record_declaration) @def.class
(struct_declaration) @def.struct
(interface_declaration) @def.interface
(enum_declaration) @def.enum
(delegate_declaration) @def.type
(method_declaration) @def.method
(operator_declaration) @def.method
(constructor_declaration) @def.constructor
(destructor_declaration) @def.method
(property_declaration) @def.property
(local_function_statement) @def.function

(base_list . [(identifier) (generic_name) (qualified_name)] @base.class)
(base_list (_) . [(identifier) (generic_name) (qualified_name)] @base)
(base_list (primary_constructor_base_type . (_) @base))
(type_parameter) @type_parameter
(method_declaration returns: (_) @returns)
(local_function_statement type: (_) @returns)
(property_declaration type: (_) @returns)
(class_declaration (attribute_list) @decorator)
(struct_declaration (attribute_list) @decorator)
(interface_declaration (attribute_list) @decorator)
(method_declaration (attribute_list) @decorator)
(property_declaration (attribute_list) @decorator)

(parameter) @parameter
(parameter_list name: (identifier) @parameter)
(parameter_list . (parameter (modifier) @flag.extension) (#eq? @flag.extension "this"))
(implicit_parameter) @parameter
(catch_declaration) @parameter

(lambda_expression) @scope.lambda
(anonymous_method_expression) @scope.lambda
(block) @scope.block
(for_statement) @scope.block
(foreach_statement) @scope.block
(using_statement) @scope.block
(catch_clause) @scope.block
(switch_section) @scope.block
(switch_expression_arm) @scope.block
(accessor_declaration) @scope.block

(field_declaration (variable_declaration) @bind.field)
(event_field_declaration (variable_declaration) @bind.field)
(enum_member_declaration) @bind.field
(local_declaration_statement (variable_declaration) @bind.local)
(for_statement (variable_declaration) @bind.local)
(using_statement (variable_declaration) @bind.local)
(foreach_statement) @bind.local
(declaration_pattern) @bind.local
(declaration_expression) @bind.local

(using_directive) @import

(invocation_expression) @call
(object_creation_expression) @call
(constructor_initializer) @call

(compilation_unit (_) @statement)
(declaration_list) @body
(enum_member_declaration_list) @body
(block) @body
(switch_body) @body
(comment) @comment
