"""Which names does Python define itself?

Fixed lists, not ``dir()``: facts must not depend on the interpreter that extracts them.
"""

_BUILTINS = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError
BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError
ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception
ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError
ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError
KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError NotImplemented
NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError
PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning
StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True
TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError
UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError __build_class__ __debug__ __doc__
__file__ __import__ __name__ __package__ __path__ __spec__ abs aiter all anext any ascii bin bool breakpoint
bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod enumerate
eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int isinstance
issubclass iter len license list locals map max memoryview min next object oct open ord pow print property quit
range repr reversed reveal_type round set setattr slice sorted staticmethod str sum super tuple type vars zip
"""

_BUILTIN_MEMBERS = """
add add_note append args as_integer_ratio bit_count bit_length buffer c_contiguous capitalize casefold cast
center clear close closed conjugate contiguous copy count cr_await cr_code cr_frame decode deleter denominator
detach difference difference_update discard encode encoding endswith errors expandtabs extend fdel fget fileno
find flush format format_map from_bytes fromhex fromkeys fset get getbuffer getter getvalue gi_code gi_frame
hex imag index insert intersection intersection_update is_integer isalnum isalpha isascii isatty isdecimal
isdigit isdisjoint isidentifier islower isnumeric isprintable isspace issubset issuperset istitle isupper items
itemsize join keys line_buffering ljust lower lstrip maketrans mro name nbytes ndim newlines numerator obj
partition pop popitem read read1 readable readinto readinto1 readline readlines readonly real reconfigure
release remove removeprefix removesuffix replace reverse rfind rindex rjust rpartition rsplit rstrip seek
seekable send setdefault setter shape sort split splitlines start startswith step stop strip suboffsets
swapcase symmetric_difference symmetric_difference_update tell throw title to_bytes tobytes tolist toreadonly
translate truncate union update upper values with_traceback writable write write_through writelines zfill
"""

BUILTINS = frozenset(_BUILTINS.split())
BUILTIN_MEMBERS = frozenset(_BUILTIN_MEMBERS.split())
