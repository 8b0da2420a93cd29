"""When does a link die?"""

from shortener.store import Link

LIFETIME_S = 30 * 24 * 3600


def is_expired(link: Link, now: float) -> bool:
    """Thirty days without a visit end a link."""
    return now - link.visited_at > LIFETIME_S
