"""Which types do the documentation comments of JavaScript declare?

``@param {Type} name``, ``@returns {Type}`` and ``@type {Type}`` (https://jsdoc.app), the types as TypeScript reads
them: names, unions, arrays and generics. What else may stand there says nothing.
"""

import re
from collections.abc import Callable

from stores.facts import Expr

OTHER: Expr = ("other",)

_TAG = re.compile(r"@(param|arg|argument|returns?|type)\s*\{")
_NAME = re.compile(r"\s*\[?\s*(?:\.\.\.)?([\w$]+)(?!\s*[\w$.]*\.)")
_TOKEN = re.compile(r"\s*([\w$]+(?:\.[\w$]+)*|\[\]|\.?<|[|>,()?!=])")
_ABSENT = frozenset({"null", "undefined", "void"})
_PLAIN = {"string": "string", "number": "number", "boolean": "boolean", "String": "string", "Number": "number"}
_ANYTHING = frozenset({"any", "unknown", "object", "Object", "Function", "function", "symbol", "never", "import"})
_LONGEST = 500
_MOST_TOKENS = 60


def declared(comment: str | None, name: Callable[[str], Expr]) -> dict[str, Expr]:
    """Return the types that a comment declares, by parameter; under "return" and "=" those of the result and the value.

    Args:
        comment: the text of the comment, without its marks.
        name: says what a name stands for where the comment is.
    """
    found: dict[str, Expr] = {}
    for tag in _TAG.finditer(comment or ""):
        end = _closing(comment or "", tag.end())
        of = _Type((comment or "")[tag.end() : end], name).read()
        named = _NAME.match(comment or "", end + 1) if tag[1].startswith(("param", "arg")) else None
        key = named[1] if named else "=" if tag[1] == "type" else "return" if tag[1].startswith("return") else ""
        if key and of != OTHER:
            found.setdefault(key, of)
    return found


def _closing(text: str, start: int) -> int:
    depth = 1
    for place in range(start, min(len(text), start + _LONGEST)):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return place
    return start


class _Type:
    """One type, token by token; a token that is not understood makes all of it ("other",)."""

    def __init__(self, text: str, name: Callable[[str], Expr]) -> None:
        self._name = name
        self._tokens: list[str] = []
        place = 0
        while place < len(text.rstrip()) and len(self._tokens) <= _MOST_TOKENS:
            token = _TOKEN.match(text, place)
            self._tokens.append(token[1].lstrip(".") if token else "")
            place = token.end() if token else len(text)
        self._tokens.reverse()

    def read(self) -> Expr:
        """Return the type as an expression."""
        if len(self._tokens) > _MOST_TOKENS:
            return OTHER
        found = self._either()
        return OTHER if self._tokens else found

    def _next(self, *wanted: str) -> bool:
        if self._tokens and self._tokens[-1] in wanted:
            self._tokens.pop()
            return True
        return False

    def _either(self) -> Expr:
        parts = [self._one()]
        while self._next("|"):
            parts.append(self._one())
        known = list(dict.fromkeys(part for part in parts if part not in (OTHER, ("literal", "None"))))
        if not known:
            return OTHER
        return known[0] if len(known) == 1 else ("union", *known)

    def _one(self) -> Expr:
        while self._next("?", "!"):
            pass
        if self._next("("):
            found = self._either()
            found = found if self._next(")") else OTHER
        else:
            found = self._named(self._tokens.pop() if self._tokens else "")
        while self._tokens and self._tokens[-1] in ("[]", "=", "?", "!"):
            found = ("subscript", ("builtin", "Array"), found) if self._tokens.pop() == "[]" else found
        return found

    def _named(self, text: str) -> Expr:
        if not text or not (text[0].isalpha() or text[0] in "_$") or text.partition(".")[0] in _ANYTHING:
            return OTHER
        if text in _ABSENT or text in _PLAIN:
            return ("literal", _PLAIN.get(text, "None"))
        first, *rest = text.split(".")
        found = self._name(first)
        for part in rest:
            found = ("attribute", found, part)
        if not self._next("<"):
            return found
        arguments = [self._either()]
        while self._next(","):
            arguments.append(self._either())
        if not self._next(">"):
            self._tokens.append("")  # a type that is not closed is none
        inside: Expr = arguments[0] if len(arguments) == 1 else ("items", "tuple", *arguments)
        return ("subscript", found, inside)
