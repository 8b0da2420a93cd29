"""Which paths does git leave out?

Ignore files as rules, asked about one entry of a folder at a time, as git does; the tests compare with git itself.
"""

import re
from dataclasses import dataclass

from mcp_server.patterns import MAX_PATTERN_BYTES, NOTHING, translate

# Ten times what hand-made ignore files hold; what is beyond is not looked at.
MAX_IGNORE_BYTES = 256 * 1024
_MAX_LINES = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file; ``by_name`` matches the last part of a path, otherwise the path below the file."""

    regex: re.Pattern[bytes]
    ignored: bool
    folders_only: bool
    by_name: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """One ignore file: its rules, last line first, and one expression per kind that no uninteresting entry matches.

    A path is looked at without its first ``prefix`` bytes, and below ``above``.
    """

    prefix: int
    above: bytes
    rules: tuple[Rule, ...]
    names: re.Pattern[bytes]
    paths: re.Pattern[bytes]

    def verdict(self, path: bytes, name: bytes, *, is_folder: bool) -> bool | None:
        """Return True for ignored, False for explicitly not ignored, None where this file says nothing."""
        below = self.above + path[self.prefix :]
        if not (self.names.fullmatch(name) or self.paths.fullmatch(below)):
            return None
        for rule in self.rules:
            if (is_folder or not rule.folders_only) and rule.regex.fullmatch(name if rule.by_name else below):
                return rule.ignored
        return None


def compile_rules(content: bytes, folder: bytes, *, above: bytes = b"") -> Rules | None:
    """Return the rules of an ignore file that lies in ``folder`` (b"" is the root); None when it has none.

    ``above`` is the way from the folder of an ignore file above the root down to the root, with a slash at its end.
    """
    rules: list[Rule] = []
    sources: dict[bool, list[bytes]] = {True: [], False: []}
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:_MAX_LINES]:
        pattern = _without_trailing_spaces(line.removesuffix(b"\r"))
        if not pattern or pattern.startswith(b"#") or len(pattern) > MAX_PATTERN_BYTES:
            continue
        ignored = not pattern.startswith(b"!")
        pattern = pattern if ignored else pattern[1:]
        folders_only = pattern.endswith(b"/")
        pattern = pattern.removesuffix(b"/")
        by_name = b"/" not in pattern
        source = translate(pattern.removeprefix(b"/"), by_name=by_name)
        if pattern and source != NOTHING:
            sources[by_name].append(source)
            rules.append(Rule(re.compile(source, re.DOTALL), ignored, folders_only, by_name))
    if not rules:
        return None
    names, paths = (re.compile(b"|".join(sources[kind]) or NOTHING, re.DOTALL) for kind in (True, False))
    return Rules(len(folder) + 1 if folder else 0, above, tuple(reversed(rules)), names, paths)


def _without_trailing_spaces(line: bytes) -> bytes:
    bare = line.rstrip(b" ")
    backslashes = len(bare) - len(bare.rstrip(b"\\"))
    return bare + b" " if backslashes % 2 and len(bare) < len(line) else bare
