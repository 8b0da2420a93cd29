"""Which names does Rust define itself?"""

_BUILTINS = """
std core alloc Vec String Option Result Box Some None Ok Err Rc Arc Iterator IntoIterator Clone Copy Default Drop Fn
FnMut FnOnce From Into AsRef AsMut Eq PartialEq Ord PartialOrd ToString ToOwned Send Sync Sized Unpin Extend
DoubleEndedIterator ExactSizeIterator TryFrom TryInto drop Debug Hash Display
println! print! eprintln! eprint! format! format_args! write! writeln! panic! assert! assert_eq! assert_ne!
debug_assert! debug_assert_eq! debug_assert_ne! vec! matches! todo! unimplemented! unreachable! env! option_env!
include! include_str! include_bytes! concat! stringify! line! column! file! module_path! cfg! compile_error!
thread_local! dbg! try! macro_rules!
"""

_BUILTIN_MEMBERS = """
abs all and and_then any append as_bytes as_deref as_mut as_ptr as_ref as_slice as_str begin binary_search borrow
borrow_mut bytes capacity chain chars checked_add checked_sub chunks clear clone cloned cmp collect concat contains
contains_key copied count cycle dedup default deref deref_mut drain drop end ends_with entry enumerate eq err
expect extend extend_from_slice filter filter_map find find_map finish first flat_map flatten flush fmt fold for_each
from from_str fuse ge get get_mut get_or_insert_with gt hash insert inspect into into_boxed_slice into_inner
into_iter into_owned is_empty is_err is_none is_ok is_some iter iter_mut join keys last le len lines lock lt map
map_err map_or map_or_else max max_by max_by_key min min_by min_by_key ne new next next_back nth ok ok_or
ok_or_else or or_default or_else or_insert or_insert_with parse partial_cmp partition peek peekable pop pop_front
position product push push_back push_front push_str read read_to_end read_to_string recv remove repeat replace
reserve resize retain rev rposition saturating_sub scan send set skip skip_while sort sort_by sort_by_key sort_unstable
split split_at split_off splitn spawn starts_with step_by sum swap take take_while then then_some to_bytes to_lowercase
to_owned to_string to_uppercase to_vec trim trim_end trim_start truncate try_from try_into unwrap unwrap_err
unwrap_or unwrap_or_default unwrap_or_else unzip values values_mut windows with_capacity wrapping_add write write_all
write_fmt write_str zip
"""

BUILTINS = frozenset(_BUILTINS.split())
BUILTIN_MEMBERS = frozenset(_BUILTIN_MEMBERS.split())
