"""Which definition does a call reach?

Call sites -> edges, tier by tier: what scopes, imports, members and inferred types say, then what callers pass for a
parameter, then a method name that only one class in the project has. What stays unresolved keeps the reason.
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from mcp_server.indexing import added, companions
from mcp_server.indexing.arguments import takes
from mcp_server.indexing.calibration import confidence
from mcp_server.indexing.failure import place
from mcp_server.indexing.infer import Inference
from mcp_server.indexing.memory import decoded
from mcp_server.indexing.method_sets import MethodSets
from mcp_server.indexing.overloads import fitting, labelled, overloaded
from mcp_server.indexing.references import References
from mcp_server.indexing.strategy import EXTENSIONS, found
from mcp_server.indexing.values import (
    BUILT_IN,
    EXTERNAL,
    GIVEN,
    RECEIVER,
    Bound,
    Definition,
    Instance,
    Lambda,
    Outside,
    OwnClass,
    Super,
    Taken,
    Value,
    Values,
    distinct,
    is_known,
)
from mcp_server.languages import language_named
from stores import linking, relinking
from stores.errors import StoreError
from stores.facts import Edge, Expr, display_path
from stores.linking import MEMBER_KINDS, CallSite, LinkFile, Names
from stores.relations import Relations

# Why the calls of a file have no edges in which the linker itself failed.
NOT_LINKED = "not linked"
# Up to this many methods of one name are listed as possible targets. More say
# nothing: two or three are right less than half of the time already (`--calibrate`).
MAX_CANDIDATES = 3
# Method names whose definitions are kept while linking.
MAX_CACHED_NAMES = 1_024
# Files whose seals are made together: a query for all of them costs little more than one for each.
_SEALED_FILES = 64
# Of several reasons the one that says most: a call that may go to a parameter is not simply "external".
_REASONS = ("parameter", "unknown receiver", "unknown member", "inherited", "unknown name", "external", "builtin")

# How a callee is read that is a name and nothing more, bound by nothing in its file.
_BARE = frozenset({"free", "implicit"})

_LOG = logging.getLogger("tristore")


def declared_module(file: LinkFile) -> str | None:
    """Return the module, dotted, that a file belongs to because it says so; None where its path decides."""
    language = language_named(file.language)
    declared = language is not None and language.resolution.declared_modules
    return file.module.replace("\\", ".") if declared else None


class Linker:
    """Resolves the calls of one root, file by file."""

    def __init__(self, relations: Relations, files: Mapping[int, LinkFile]) -> None:
        """Take the relations and all files of the root, by id."""
        self._relations = relations
        self._files = files
        self._inference = Inference(relations, files)
        self._method_sets = MethodSets(relations, files, self._inference)
        self._builtin_members: frozenset[str] = frozenset()
        self._language = ""
        self._methods: OrderedDict[tuple[str, str], dict[int, Definition]] = OrderedDict()
        self._failures: set[str] = set()

    def link(self, file_ids: Iterable[int]) -> int:
        """Replace the edges and base classes of these files; return how many of them could not be linked."""
        failed = 0
        waiting = iter(file_ids)
        while portion := list(islice(waiting, _SEALED_FILES)):
            for file_id in portion:
                try:
                    self._link(file_id)
                except StoreError:
                    raise
                except Exception as error:  # noqa: BLE001 (whatever it is, one file must not end the run)
                    self._give_up(file_id, error)
                    failed += 1
            linking.seal(self._relations, portion)
        return failed

    def _give_up(self, file_id: int, error: Exception) -> None:
        """Leave a file without links, as a problem that ``status`` names; it is tried again at the next change."""
        where = place(error)
        linking.forget_links(self._relations, file_id, NOT_LINKED)
        problem = f"{NOT_LINKED}, so what it calls, imports and inherits is unknown: {where}"
        module = declared_module(self._files[file_id])
        relinking.set_link(self._relations, file_id, [file_id], problem, module)
        path = display_path(self._files[file_id].path)
        # Where the same goes wrong in every file, one trace says it all.
        _LOG.error("%s: %s", path, problem, exc_info=error if where not in self._failures else None)
        self._failures.add(where)

    def _link(self, file_id: int) -> None:
        language = language_named(self._files[file_id].language)
        if language is None or language.kind != "code":
            # Prose and data call and import nothing; in many repositories they are half of the files.
            relinking.set_link(self._relations, file_id, [file_id])
            return
        self._inference.forget()
        self._method_sets.forget()
        with self._inference.afresh() as reads:
            edges, reasons = self._edges(file_id)
        relinking.set_link(self._relations, file_id, reads, module=declared_module(self._files[file_id]))
        linking.write_edges(self._relations, file_id, edges, reasons)

    def _edges(self, file_id: int) -> tuple[list[Edge], list[tuple[str | None, int]]]:
        """Return the edges of a file's calls, and (reason or None, call id) where that is another than it was.

        Records its base classes.
        """
        names = self._inference.names_of(file_id)
        language = language_named(self._files[file_id].language)
        self._builtin_members = language.builtin_members if language else frozenset()
        self._language = self._files[file_id].language
        linking.write_bases(self._relations, self._base_rows(names))
        linking.write_overrides(self._relations, file_id, self._override_rows(names))
        linking.write_imports(self._relations, self._import_rows(file_id))
        edges: list[Edge] = []
        reasons: list[tuple[str | None, int]] = []
        references = References(self._inference, names)
        rules = self._inference.rules(file_id)
        overloads = rules.overloads or rules.labels
        # A file calls the same again and again; where there are overloads, what is reached depends on the arguments.
        resolved: dict[tuple[Expr, str, str], tuple[dict[int, str], str | None]] = {}
        checked = rules.checks_arguments
        for call in linking.calls(self._relations, file_id):
            key = (call.callee, call.name, call.arguments if overloads else "")
            known = resolved.get(key)
            if known is None:
                known = resolved[key] = self._resolve(call, names)
            targets, reason = known
            if targets and reason is not None:
                targets = {each: how for each, how in targets.items() if not checked or self._takes(each, call)}
                reason = None if "unique_name" in targets.values() else reason
            edges += [Edge(call.id, target, how, self._confidence(how)) for target, how in targets.items()]
            if reason != call.unresolved:
                reasons.append((reason, call.id))
            references.call(call)
        given = linking.given_values(self._relations, file_id)
        linking.write_references(self._relations, file_id, references.rows(given))
        return edges, reasons

    def _confidence(self, strategy: str) -> float:
        return confidence(self._language, strategy)

    def _resolve(self, call: CallSite, names: Names) -> tuple[dict[int, str], str | None]:
        """Return the strategy of each target of a call by its symbol id, and why it is unresolved but for guesses."""
        targets: dict[int, str] = {}
        reasons: set[str] = set()
        reached = [(self._target(value), strategy) for value, strategy in self._called(call, names)]
        definitions = distinct([target for target, _ in reached if isinstance(target, Definition)])
        like_members = any(strategy in EXTENSIONS for _, strategy in reached)
        unsure: set[Value] = set()
        if definitions:
            definitions, reasons = self._fitting(definitions, call, names, like_members=like_members)
            if len(definitions) > 1:
                definitions = distinct([self._inference.chosen(v) for v in definitions if isinstance(v, Definition)])
            definitions = self._of_one_part(definitions, call, names)
            unsure = self._unsure(definitions, names)
        for target, strategy in reached:
            if target in definitions and isinstance(target, Definition):
                symbol = self._inference.symbol(*self._inference.defined(target))
                if "declaration" in symbol.flags and symbol.name in self._inference.rules(target.file_id).library:
                    reasons.add(EXTERNAL.why)
                else:
                    targets.setdefault(symbol.id, "overload" if target in unsure else strategy)
            elif isinstance(target, Outside):
                reasons.add(target.why)
        if not targets and call.callee[0] == "attribute" and reasons & {"parameter", "unknown receiver"}:
            return self._by_name(call, names, min(reasons, key=_REASONS.index))
        if not targets and call.callee[0] in _BARE and self._may_be_member(call, names):
            return self._by_name(call, names, "unknown receiver")
        for rival in self._rivals(call, names, definitions) if targets else ():
            # What a literal is run with comes before what is imported, and is not known.
            targets = {**dict.fromkeys(targets, "overload"), rival: "overload"}
        return targets, None if targets else min(reasons or {"unknown receiver"}, key=_REASONS.index)

    def _called(self, call: CallSite, names: Names) -> Iterable[tuple[Value, str]]:
        """Return what a call may run, each with the strategy that found it."""
        rules = self._inference.rules(names.file_id)
        ways = found(self._inference, call.callee, names)
        if rules.literal_receivers:
            return self._seen(call, list(ways), names)
        if not rules.companions or call.callee[0] == "made":
            return ways
        how = dict(ways)
        return [(value, how[origin]) for value, origin in companions.applied(self._inference, how)]

    def _seen(self, call: CallSite, ways: list[tuple[Value, str]], names: Names) -> list[tuple[Value, str]]:
        """Leave out functions added to types that the file does not see; without a member, add those of any type."""
        own, inference = self._files[names.file_id], self._inference
        kept = []
        for value, how in ways:
            target = self._target(value)
            hidden = isinstance(target, Definition) and not added.is_seen(
                inference, target, self._files[target.file_id], names, own
            )
            kept.append((RECEIVER, how) if hidden else (value, how))
        if call.callee[0] != "attribute" or any(is_known(value) for value, _ in kept):
            return kept
        if not any(isinstance(value, Instance) for value in inference.evaluate(call.callee[1], names)):
            return kept
        of_any = added.of_parameters(inference, self._relations, call.name, names, own)
        return [*kept, *((each, "extension" if len(of_any) == 1 else "overload") for each in of_any)]

    def _fitting(
        self, definitions: Values, call: CallSite, names: Names, *, like_members: bool
    ) -> tuple[Values, set[str]]:
        """Return the definitions that take the arguments of a call, and the reasons for which it may reach another."""
        rules = self._inference.rules(names.file_id)
        if rules.labels:
            return labelled(self._inference, definitions, decoded(call.arguments)), set()
        if not rules.overloads:
            return definitions, set()
        called = [Bound(d, RECEIVER) if like_members else d for d in definitions if isinstance(d, Definition)]
        fits = fitting(self._inference, tuple(called), decoded(call.arguments), names)
        fits = tuple(value.function if isinstance(value, Bound) else value for value in fits)
        reasons = {value.why for value in fits if isinstance(value, Outside)}
        return distinct([value for value in fits if isinstance(value, Definition)]), reasons

    def _of_one_part(self, definitions: Values, call: CallSite, names: Names) -> Values:
        """Return the definitions that are meant where a type is added to everywhere: those of the caller's own file.

        Of the class itself and its objects, what the caller is of comes first.
        """
        if len(definitions) < 2 or not self._inference.rules(names.file_id).open_types:
            return definitions
        caller = names.symbols.get(call.scope)
        of_class = caller is not None and "static" in caller.flags
        alike = [
            each
            for each in definitions
            if isinstance(each, Definition) and ("static" in self._inference.symbol(*each).flags) == of_class
        ]
        definitions = tuple(alike) or definitions
        own = tuple(each for each in definitions if isinstance(each, Definition) and each.file_id == names.file_id)
        return own or definitions

    def _unsure(self, definitions: Values, names: Names) -> set[Value]:
        """Return the overloads of one type that the arguments did not tell apart."""
        rules = self._inference.rules(names.file_id)
        if len(definitions) < 2 or not (rules.overloads or rules.labels):
            return set()
        if rules.companions and companions.are_rivals(self._inference, definitions):
            return set(definitions)
        found: set[Value] = set()
        for group in overloaded(self._inference, definitions):
            # A prototype and its definition are one function.
            if len({self._inference.defined(value) for value in group if isinstance(value, Definition)}) > 1:
                found.update(group)
        return found

    def _may_be_member(self, call: CallSite, names: Names) -> bool:
        """Say whether a bare name that nothing binds may be a member of what a function literal is run with."""
        if not self._inference.rules(names.file_id).literal_receivers or call.name in self._builtin_members:
            return False
        return bool(self._methods_named(call.name, self._files[names.file_id].language))

    def _rivals(self, call: CallSite, names: Names, definitions: Values) -> list[int]:
        """Return the extensions that a bare name may mean as well as these functions beside which they stand."""
        if call.callee[0] not in _BARE or not self._inference.rules(names.file_id).literal_receivers:
            return []
        if not self._methods_named(call.name, self._files[names.file_id].language):
            return []
        symbol = self._inference.symbol
        functions = [d for d in definitions if isinstance(d, Definition) and symbol(*d).kind == "function"]
        modules = sorted({self._files[function.file_id].module for function in functions})
        return [each for module in modules for each in linking.added_methods(self._relations, call.name, module)]

    def _methods_named(self, name: str, language: str) -> dict[int, Definition]:
        """Return the methods of a name by their symbol ids."""
        found = self._methods.get((language, name))
        if found is None:
            written = language_named(language)
            anywhere = written is not None and written.resolution.members_by_key
            rows = linking.methods_named(self._relations, name, language, MAX_CANDIDATES + 1, anywhere=anywhere)
            found = {symbol_id: Definition(*place) for symbol_id, *place in rows}
            self._methods[language, name] = found
            if len(self._methods) > MAX_CACHED_NAMES:
                self._methods.popitem(last=False)
        return found

    def _by_name(self, call: CallSite, names: Names, reason: str) -> tuple[dict[int, str], str | None]:
        if call.name in self._builtin_members or call.name.startswith("__"):
            return {}, reason
        found = self._methods_named(call.name, self._files[names.file_id].language)
        if not found or len(found) > MAX_CANDIDATES:
            return {}, reason
        guesses = self._inference.rules(names.file_id).guesses and not self._holds_values(call, names)
        # A single object's method is its own: only what a type has is said to be called by its name.
        of_types = all("unbound" not in self._inference.symbol(*each).flags for each in found.values())
        how = "unique_name" if len(found) == 1 and guesses and of_types else "candidate"
        return dict.fromkeys(found, how), reason

    def _takes(self, symbol_id: int, call: CallSite) -> bool:
        """Say whether a method may be called with the arguments of a call; a decorator may let it take others."""
        method = self._methods_named(call.name, self._language)[symbol_id]
        symbol = self._inference.symbol(*method)
        if len(decoded(symbol.decorations)) > any(flag in symbol.flags for flag in ("static", "class")):
            return True
        parameters = self._inference.names_of(method.file_id).parameters.get(method.position, [])
        return takes(parameters if "static" in symbol.flags else parameters[1:], decoded(call.arguments))

    def _holds_values(self, call: CallSite, names: Names) -> bool:
        """Say whether what is called is an attribute of a known object: it was put there, and its name says little."""
        if call.callee[0] != "attribute":
            return False
        receivers = self._inference.evaluate(call.callee[1], names)
        return bool(receivers) and all(map(is_known, receivers))

    def _target(self, value: Value) -> Definition | Outside:
        if isinstance(value, Bound):
            return value.function
        if isinstance(value, Definition):
            return self._definition(value)
        if isinstance(value, OwnClass):
            return self._definition(self._inference.extended(value.cls))
        if isinstance(value, Super):
            return self._built_above(value.cls)
        if isinstance(value, Instance):
            for name in self._inference.rules(value.cls.file_id).called:
                for member in self._inference.member(value, name):
                    if isinstance(member, Bound):
                        return member.function
            return RECEIVER
        if isinstance(value, Taken) and not isinstance(value.value, (Definition, Bound, Lambda)):
            return BUILT_IN
        return value if isinstance(value, Outside) and value.name != GIVEN else RECEIVER

    def _definition(self, value: Definition) -> Definition | Outside:
        kind = self._inference.symbol(*value).kind
        if kind == "impl":
            # What adds to a type outside is not that type.
            return EXTERNAL
        return value if kind in MEMBER_KINDS or kind in ("function", "method") else RECEIVER

    def _built_above(self, cls: Definition) -> Definition | Outside:
        """Return the class whose constructor ``super(x)`` runs: the first base that can have one."""
        for base in self._inference.bases_of(cls):
            if base is None or self._inference.symbol(*base).kind not in ("interface", "trait"):
                return base or EXTERNAL
        return EXTERNAL

    def _base_rows(self, names: Names) -> Iterator[tuple[int | None, int, int]]:
        for position, exprs in names.bases.items():
            for index, expr in enumerate(exprs):
                base = self._inference.base(expr, names, Definition(names.file_id, position))
                target = self._inference.symbol(*base).id if base else None
                yield target, names.symbols[position].id, index

    def _override_rows(self, names: Names) -> Iterator[tuple[int, int]]:
        """Yield each method with the nearest method of a base class that it stands in for, or those of interfaces."""
        if self._inference.rules(names.file_id).structural:
            yield from self._method_sets.implemented(names)
            return
        for position, symbol in names.symbols.items():
            owner = names.symbols.get(symbol.parent)
            if symbol.kind not in ("method", "property") or owner is None or owner.kind not in MEMBER_KINDS:
                continue
            target = self._inference.overridden(Definition(names.file_id, symbol.parent), symbol.name)
            if target is not None and target != Definition(names.file_id, position):
                yield symbol.id, self._inference.symbol(*target).id

    def _import_rows(self, file_id: int) -> Iterator[tuple[int | None, int]]:
        for row, module, level, name in linking.import_rows(self._relations, file_id):
            yield self._inference.imported_file(file_id, module, level, name), row
