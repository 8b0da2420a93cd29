"""How do messages reach the server, and how does it end? Standard input and output, nothing else on them."""

import logging
import os
import signal
import sys
import threading
from io import TextIOWrapper
from types import FrameType

from mcp_server.app import App
from mcp_server.roots import Roots
from mcp_server.server import Server

# Claude Code sends SIGTERM 100 ms after SIGINT; closing must be over by then.
CLOSE_S = 0.06


def log_to_stderr() -> None:
    """Send every log record to stderr. Call it before a server is made, which would install its own format."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def run_stdio(server: Server, app: App | Roots) -> None:
    """Serve one client on stdin and stdout until stdin closes or a signal arrives; does not return."""

    def leave(_signal: int, _frame: FrameType | None) -> None:
        # In a thread, because this one may hold a lock that closing needs; and bounded, because hosts kill.
        closing = threading.Thread(target=app.close, daemon=True)
        closing.start()
        closing.join(CLOSE_S)
        # The SDK's thread that reads stdin cannot be ended while stdin is open.
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if isinstance(sys.stdout, TextIOWrapper):
        # With a buffer, a stray print of some library would land on the wire at exit.
        sys.stdout.reconfigure(line_buffering=True)
    server.run()
    sys.stderr.flush()
    # Worker threads that were left behind by cancelled calls must not keep the process alive.
    os._exit(0)
