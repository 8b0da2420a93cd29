"""Does a code lead back to its target?"""

from shortener.codes import decode_code, encode_number
from shortener.service import Shortener
from shortener.store import LinkStore


def make(now: float = 0.0) -> tuple[Shortener, list[int]]:
    visited: list[int] = []
    return Shortener(LinkStore(), lambda: now, visited.append), visited


def test_a_code_reads_back() -> None:
    assert decode_code(encode_number(123456)) == 123456


def test_a_visit_is_counted() -> None:
    shortener, visited = make()
    code = shortener.shorten("https://example.org")
    assert shortener.resolve(code) == "https://example.org"
    assert visited == [1]
