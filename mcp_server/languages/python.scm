; What the Python extractor looks for. Capture names are ours, the same for every language:
;   @def.*       definitions            @scope.*   regions with names of their own
;   @import.*    imports                @call      calls
;   @assign      assignments            @bind.*    other ways to bind a name
;   @return @yield                      what a function hands out
;   @match @loop                        what decides which assignments and tests hold
;   @statement @block @body @comment    where chunks may begin
; Parts of a captured node (name, body, parameters) are its grammar fields; python.py reads them.

(function_definition) @def.function
(class_definition) @def.class
(type_alias_statement) @def.type
(decorated_definition) @def.decorated

(lambda) @scope.lambda
[
  (list_comprehension)
  (set_comprehension)
  (dictionary_comprehension)
  (generator_expression)
] @scope.comprehension

(import_statement) @import.module
(import_from_statement) @import.from

(call) @call

(assignment) @assign

(for_statement) @bind.element
(for_in_clause) @bind.element
(with_item value: (as_pattern) @bind.entered)
(except_clause value: (as_pattern) @bind.caught)
(match_statement) @match
(delete_statement (_) @bind.name)
(augmented_assignment left: (identifier) @bind.name)
(named_expression) @bind.walrus
(case_pattern (dotted_name . (identifier) @bind.target .))
(case_pattern (as_pattern (identifier) @bind.target .))
(keyword_pattern (identifier) (dotted_name . (identifier) @bind.target .))
(splat_pattern (identifier) @bind.target)

(global_statement) @bind.global
(nonlocal_statement) @bind.nonlocal

(return_statement (_) @return)
(yield) @yield

(module (_) @statement)
(block) @body
(for_statement body: (block) @loop)
(while_statement body: (block) @loop)
(case_clause) @statement
(comment) @comment
