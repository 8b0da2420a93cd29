"""Where links are kept."""

from dataclasses import dataclass


@dataclass
class Link:
    """One shortened address."""

    number: int
    target: str
    visited_at: float


class LinkStore:
    """Links in memory, by number and by target."""

    def __init__(self) -> None:
        self._links: dict[int, Link] = {}
        self._by_target: dict[str, Link] = {}

    def add(self, target: str, now: float) -> Link:
        """Keep a target once; the same target gives the same link."""
        known = self._by_target.get(target)
        if known:
            return known
        link = Link(len(self._links) + 1, target, now)
        self._links[link.number] = self._by_target[target] = link
        return link

    def find(self, number: int) -> Link | None:
        """Return the link of that number, if there is one."""
        return self._links.get(number)
