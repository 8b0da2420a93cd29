; What the C extractor looks for besides c_family.scm.

(type_definition type: [(type_identifier) (primitive_type) (sized_type_specifier)]) @def.type

(function_declarator parameters: (parameter_list (identifier) @parameter))

(linkage_specification (declaration_list (_) @statement))
