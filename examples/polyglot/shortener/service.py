"""Shorten and resolve."""

from collections.abc import Callable
from urllib.parse import urlsplit

from shortener.codes import decode_code, encode_number
from shortener.expiry import is_expired
from shortener.store import LinkStore


class Gone(Exception):
    """The link has expired."""


class Shortener:
    """Makes codes and finds their targets."""

    def __init__(self, store: LinkStore, clock: Callable[[], float], on_visit: Callable[[int], None]) -> None:
        self.store = store
        self.clock = clock
        self.on_visit = on_visit

    def shorten(self, target: str) -> str:
        """Return the code of a target."""
        check_target(target)
        link = self.store.add(target, self.clock())
        return encode_number(link.number)

    def resolve(self, code: str) -> str | None:
        """Return the target of a code, None if there is none."""
        link = self.store.find(decode_code(code))
        if link is None:
            return None
        now = self.clock()
        if is_expired(link, now):
            raise Gone(code)
        link.visited_at = now
        self.on_visit(link.number)
        return link.target


def check_target(target: str) -> None:
    """Refuse what a browser must not be sent to."""
    if urlsplit(target).scheme not in ("http", "https"):
        raise ValueError(f"not a web address: {target}")
