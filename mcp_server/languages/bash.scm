; What the Bash extractor looks for. docs/adding-a-language.md has the capture names.

(function_definition) @def.function
(program (variable_assignment) @bind.variable)
(program (declaration_command (variable_assignment) @bind.variable))

(command name: (command_name (word) @_source) (#match? @_source "^(source|\\.)$")) @import

(command name: (command_name . (word) .)) @call

(program (_) @statement)
(compound_statement) @body
(do_group) @body
(if_statement) @body
(case_item) @body
(comment) @comment
