; What the Rust extractor looks for. docs/adding-a-language.md has the capture names.

(function_item) @def.function
(function_signature_item) @def.function
(struct_item) @def.struct
(union_item) @def.struct
(enum_item) @def.enum
(trait_item) @def.trait
(impl_item) @def.impl
(mod_item body: (_)) @def.module
(mod_item !body) @import
(type_item) @def.type
(associated_type) @def.type
(macro_definition) @def.macro

(trait_item bounds: (trait_bounds (_) @base))
(type_parameters [(type_parameter) (const_parameter)] @type_parameter)
(function_item return_type: (_) @returns)
(function_signature_item return_type: (_) @returns)
(function_modifiers "async" @flag.async)
(function_signature_item ";" @flag.abstract)

(parameter) @parameter
(closure_parameters [(identifier) (reference_pattern) (tuple_pattern)] @parameter)

(closure_expression) @scope.lambda
(block) @scope.block
(match_arm) @scope.block
(if_expression) @scope.block
(while_expression) @scope.block
(for_expression) @scope.block

(struct_item (field_declaration_list (field_declaration) @bind.field))
(union_item (field_declaration_list (field_declaration) @bind.field))
(struct_item (ordered_field_declaration_list) @bind.field)
(enum_variant) @bind.field
(const_item) @bind.constant
(static_item) @bind.constant
(let_declaration) @bind.later
(let_condition) @bind.local
(for_expression) @bind.local
(match_arm) @bind.local

(use_declaration) @import
(extern_crate_declaration) @import

(call_expression) @call
(macro_invocation) @call

(source_file (_) @statement)
(declaration_list) @body
(field_declaration_list) @body
(enum_variant_list) @body
(block) @body
(match_block) @body
[(line_comment) (block_comment)] @comment
(attribute_item) @attached
