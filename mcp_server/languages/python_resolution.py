"""How do names and values behave in Python, beyond one file?

The members that statements call, and what the generic types and helper functions of the standard library mean for the
types of values (https://docs.python.org/3/library/typing.html, collections, functools, itertools).
"""

from mcp_server.languages.python_modules import Modules
from mcp_server.languages.resolution import Resolution


def _by_role(**roles: str) -> dict[str, str]:
    return {name: role for role, names in roles.items() for name in names.split()}


_TYPES = _by_role(
    argument="""Optional Final ClassVar Annotated Required NotRequired ReadOnly Unpack InitVar ContextVar Generic ref
        weakref ReferenceType TypeGuard TypeIs Protocol cached_property property""",
    elements="""Iterable Iterator Sequence List list set Set frozenset FrozenSet Collection Generator AsyncIterator
        AsyncGenerator AsyncIterable deque Deque MutableSequence AbstractSet MutableSet Reversible Queue
        ContextManager AbstractContextManager AsyncContextManager AbstractAsyncContextManager""",
    values="Dict dict Mapping MutableMapping defaultdict DefaultDict OrderedDict ChainMap WeakValueDictionary",
    tuple="tuple Tuple",
    awaited="Awaitable Future Task",
    last="Coroutine",
    union="Union",
    type="Type type",
    nothing="Literal Callable Concatenate ParamSpec LiteralString",
)

_FUNCTIONS = _by_role(
    argument="""copy deepcopy lru_cache cache wraps property staticmethod classmethod cached_property
        contextmanager asynccontextmanager overload abstractmethod total_ordering dataclass final singledispatch
        partialmethod runtime_checkable update_wrapper ref proxy override create_task ensure_future shield wait_for
        closing nullcontext enter_context enter_async_context""",
    element="next anext min max choice heappop",
    collection="""iter aiter list tuple set frozenset sorted reversed deque chain dict OrderedDict islice cycle
        takewhile dropwhile""",
    enumerated="enumerate",
    zipped="zip zip_longest product",
    mapped="map imap",
    filtered="filter filterfalse",
    cast="cast",
    member="getattr",
    type="type",
    partial="partial",
    factory="defaultdict field",
)
_FUNCTIONS["TypeVar"] = "type variable"

_MEMBERS = _by_role(
    value="get pop setdefault popleft popitem __getitem__ __next__ get_nowait",
    collection="values copy __iter__ union difference intersection symmetric_difference most_common elements",
    keys="keys",
    pairs="items",
)

RESOLUTION = Resolution(
    imports=Modules,
    package_names=frozenset({"__init__.py", "__init__.pyi", "__init__.pyw"}),
    exports="__all__",
    order="c3",
    checks_arguments=True,
    constructors=("__init__", "__new__"),
    called=("__call__",),
    described=("__get__",),
    entered=("__enter__", "__aenter__"),
    iterated=("__iter__", "__aiter__"),
    following=("__next__", "__anext__"),
    indexed=("__getitem__",),
    records=frozenset({"NamedTuple"}),
    dynamic=("__getattr__", "__getattribute__"),
    operators={"/": "__truediv__", "+": "__add__", "-": "__sub__", "*": "__mul__", "|": "__or__", "&": "__and__"},
    type_tests=frozenset({"isinstance", "issubclass"}),
    types=_TYPES,
    functions=_FUNCTIONS,
    members=_MEMBERS,
)
