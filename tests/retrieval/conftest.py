"""A small repository with every trap of retrieval in it, indexed once, and its answers."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import graph_town
import pytest

from mcp_server.app import App
from mcp_server.config import RetrievalOptions, Settings, load
from mcp_server.embedding import Embedder, open_embedder
from mcp_server.retrieval import answers
from mcp_server.retrieval.answers import Rendered
from mcp_server.retrieval.calls import Calls
from mcp_server.retrieval.search import Request
from stores.index import Index, Snapshot

LONG_BODY = "".join(f"    total = total + rates[{n}] * amount_{n}\n" for n in range(150))
FILES: dict[str, str | bytes] = {
    "shop/__init__.py": "from shop.cart import Cart\n",
    "shop/base.py": '''
        """What do all carts share?"""


        class Stored:
            """Something that is kept."""

            def save(self):
                """Write it down."""
                return self.key()

            def key(self):
                return "none"
        ''',
    "shop/cart.py": '''
        """A cart of goods."""

        from decimal import Decimal as Money

        from shop.base import Stored
        from shop.tax import tax_of, unused

        LIMIT = 40


        class CartFull(Exception):
            pass


        # What a customer wants to buy.
        class Cart(Stored):
            """Goods on their way to the till."""

            def __init__(self, owner: str) -> None:
                self.owner = owner
                self.goods = []

            def add(self, item, hook=None):
                """Put one item into the cart."""
                if len(self.goods) >= LIMIT:
                    raise CartFull("the cart holds too many goods, remove one first")
                if hook:
                    hook(item)
                self.goods.append(item)
                return self.total()

            def total(self) -> Money:
                """Sum up what the goods cost with tax."""
                net = sum(item.price for item in self.goods)
                return Money(net) + tax_of(net)

            @property
            def owner_name(self):
                return self.owner.title()

            @owner_name.setter
            def owner_name(self, value):
                self.owner = value.lower()


        def checkout(cart: Cart):
            cart.add(None)
            return cart.total(), cart.save()
        ''',
    "shop/tax.py": '''
        from typing import overload

        unused = 0


        @overload
        def tax_of(net: int) -> int: ...
        @overload
        def tax_of(net: float) -> float: ...
        def tax_of(net):
            """Return the tax on a net price."""
            return net * rate()


        def rate():
            return 19
        ''',
    "shop/tax.pyi": "def rate() -> int: ...\n",
    "shop/loops.py": """
        def ping(n):
            return pong(n - 1)


        def pong(n):
            return ping(n - 1)


        def itself(n):
            return itself(n - 1)


        def left(n):
            return shared(n)


        def right(n):
            return shared(n)


        def shared(n):
            return rare(n)


        def rare(n):
            return n


        def both(n):
            return left(n) + right(n)


        def lonely(callback):
            return callback()
        """,
    "shop/long.py": "def invoice(amount, rates):\n    total = 0\n" + LONG_BODY + "    return total\n",
    "billing/api.py": '''
        from shop.cart import checkout


        def send(invoice):
            return checkout(invoice)


        def save(path):
            """Another save."""
            return path


        save(send(None))
        ''',
    "billing/mail.py": """
        def send(letter):
            return letter


        def greet(friend):
            friend.remember()
        """,
    "billing/memory.py": """
        class Elephant:
            def remember(self):
                return True


        class Diary:
            def remember(self):
                return False
        """,
    "tests/test_cart.py": """
        from shop.cart import Cart


        def test_total_of_a_cart():
            cart = Cart("ann")
            assert cart.total() == 0
        """,
    "docs/guide.md": "# Guide\n\nHow to buy.\n\n## Carts and goods\n\nA cart holds goods \u202e until the till.\n",
    "sql/report.sql": "-- the goods sold\nSELECT name FROM goods\nWHERE sold > 0\n",
    "app/[id]/page.txt": "the page of one customer\n",
    "odd/crlf.py": b"# kept\r\ndef carriage(a):\r\n    first = a\r\n    return first\r\n",
    "odd/bidi.py": "access = 'user\u202e \u2066// admin\u2069'\ndef zero\u200bwidth():\n    return '\x07\U000e0041'\n",
    "odd/wide.py": "def wide():\n    return '" + "word " * 3_000 + "'\n",
    "odd/a.txt": "a" * 5_000 + "!\n",
    "odd/blank.py": "\n\n\n\nvalue = compute(1, 2, 3)\n\n\n",
    "odd/lines.txt": "".join(f"needle number {n}\n" for n in range(300)),
    "odd/emoji.md": "# 🦄🦄🦄\n\n🦄 " * 50,
    "odd/empty.py": "",
}


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode())
    # Nothing of what this leads to may be seen.
    outside = root.parent / "outside.py"
    outside.write_text("def secret():\n    return 1\n")
    (root / "link.py").symlink_to(outside)
    blank = root / "odd" / "blank.py"
    if blank.exists():
        blank.write_text(str(files["odd/blank.py"]))
    return root


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, session_home: Path) -> Settings:
    """Settings of the indexed repository; no test changes it."""
    root = write(tmp_path_factory.mktemp("retrieval") / "repo", FILES)
    settings = load(root, {"TRISTORE_HOME": str(session_home)})
    app = App(settings)
    app.index()
    app.close()
    return settings


@pytest.fixture(scope="session")
def snapshot(shop: Settings) -> Iterator[Snapshot]:
    with Index(shop.index_folder, os.fsencode(shop.root)).snapshot() as snapshot:
        yield snapshot


@pytest.fixture(scope="session")
def embedder(shop: Settings) -> Embedder:
    return open_embedder(shop.model)


Search = Callable[..., Rendered]


@pytest.fixture(scope="session")
def search(snapshot: Snapshot, embedder: Embedder) -> Search:
    """Answer a search with the given arguments."""

    def search(query: str, notes: tuple[str, ...] = (), **arguments) -> Rendered:
        request = Request(query, **arguments)
        answers.check_search(request, RetrievalOptions())
        return answers.search(snapshot, embedder, request, RetrievalOptions(), list(notes))

    return search


@pytest.fixture(scope="session")
def context(snapshot: Snapshot, embedder: Embedder) -> Search:
    """Answer what must be read about a target."""

    def context(
        target: str,
        path: str | None = None,
        budget: int = 2_500,
        notes: tuple[str, ...] = (),
        seen: tuple[str, ...] = (),
    ) -> Rendered:
        options = replace(RetrievalOptions(), budget_tokens=answers.checked_budget(budget, RetrievalOptions()))
        return answers.context(snapshot, embedder, answers.About(target, path, seen), options, list(notes))

    return context


@pytest.fixture(scope="session")
def calls(snapshot: Snapshot) -> Search:
    """Answer who calls a symbol and what it calls."""

    def calls(
        symbol: str, direction: str = "both", depth: int | None = None, notes: tuple[str, ...] = (), **arguments
    ) -> Rendered:
        options = RetrievalOptions()
        budget = answers.checked_budget(arguments.pop("budget", 2_500), options)
        asked = Calls(symbol, direction=direction, depth=depth, **arguments)
        return answers.call_graph(snapshot, asked, replace(options, budget_tokens=budget), list(notes))

    return calls


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, session_home: Path) -> Iterator[Snapshot]:
    """An indexed repository with every shape of a graph; no test changes it."""
    root = write(tmp_path_factory.mktemp("graph") / "repo", {**graph_town.FILES, **graph_town.net_files()})
    settings = load(root, {"TRISTORE_HOME": str(session_home)})
    app = App(settings)
    app.index()
    app.close()
    with Index(settings.index_folder, os.fsencode(settings.root)).snapshot() as snapshot:
        yield snapshot


@pytest.fixture(scope="session")
def ask(town: Snapshot) -> Search:
    """Ask about the graph of the town."""

    def ask(symbol: str, budget: int = 2_500, notes: tuple[str, ...] = (), **arguments) -> Rendered:
        options = replace(RetrievalOptions(), budget_tokens=budget)
        return answers.call_graph(town, Calls(symbol, **arguments), options, list(notes))

    return ask
