; What the PHP extractor looks for. docs/adding-a-language.md has the capture names.

(namespace_definition name: (_) @package)

(class_declaration) @def.class
(interface_declaration) @def.interface
(trait_declaration) @def.trait
(enum_declaration) @def.enum
(anonymous_class) @def.anonymous
(method_declaration) @def.method
(function_definition) @def.function

(base_clause (_) @base)
(class_interface_clause (_) @base)
(use_declaration [(name) (qualified_name)] @base)
(method_declaration return_type: (_) @returns)
(function_definition return_type: (_) @returns)
(class_declaration attributes: (attribute_list) @decorator)
(method_declaration attributes: (attribute_list) @decorator)
(method_declaration (static_modifier) @flag.static)
(method_declaration (abstract_modifier) @flag.abstract)
(class_declaration (abstract_modifier) @flag.abstract)

(simple_parameter) @parameter
(variadic_parameter) @parameter
(property_promotion_parameter) @parameter

(anonymous_function) @scope.lambda
(arrow_function) @scope.lambda

(property_element) @bind.field
(const_element) @bind.constant
(enum_case) @bind.field
(catch_clause) @bind.local
(foreach_statement) @bind.local
(assignment_expression) @assign

(return_statement (_) @return)

(namespace_use_declaration) @import
(require_once_expression) @import
(require_expression) @import
(include_once_expression) @import
(include_expression) @import

(function_call_expression) @call
(member_call_expression) @call
(nullsafe_member_call_expression) @call
(scoped_call_expression) @call
(object_creation_expression) @call

(program (_) @statement)
(declaration_list) @body
(enum_declaration_list) @body
(compound_statement) @body
(comment) @comment
