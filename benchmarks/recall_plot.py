"""How much is found for how many tokens, as a picture?"""

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 360, 56, 36, 130, 48
COLOURS = ("#0b6e4f", "#c8553d", "#588b8b", "#8d6a9f", "#777777")


def plot(curves: Mapping[str, Sequence[Mapping[str, float]]], budgets: Sequence[int]) -> str:
    """Return an SVG of the mean share of relevant files met within each budget, a line for each way to answer.

    Args:
        curves: the scores of each way, with a value for ``<=BUDGETt``.
        budgets: tokens, ascending; each twice the one before, so that they stand at equal distances.
    """
    step = (WIDTH - LEFT - RIGHT) / (len(budgets) - 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#222">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">Relevant files met within a token budget</text>',
    ]
    for tenth in range(0, 11, 2):
        y = _y(tenth / 10)
        parts.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{tenth / 10:.1f}</text>')
    for at, budget in enumerate(budgets):
        parts.append(f'<text x="{LEFT + at * step}" y="{HEIGHT - 24}" text-anchor="middle">{budget:,}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">tokens read</text>')
    taken: list[float] = []
    for colour, (name, scores) in zip(COLOURS, curves.items(), strict=False):
        shares = [sum(one[f"<={budget}t"] for one in scores) / len(scores) for budget in budgets]
        points = " ".join(f"{LEFT + at * step:.1f},{_y(share)}" for at, share in enumerate(shares))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        label = _free(_y(shares[-1]), taken)
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{label + 4}" fill="{colour}">{name} {shares[-1]:.2f}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _y(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _free(y: float, taken: list[float]) -> float:
    """Return the first place from ``y`` downwards where a label covers no other."""
    while any(abs(y - other) < 14 for other in taken):
        y += 2
    taken.append(y)
    return y
