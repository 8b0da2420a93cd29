"""What runs on ``tristore`` and ``python -m mcp_server``?"""

import os
import sys

from mcp_server import cli
from mcp_server.config import limit_threads
from mcp_server.memory import return_large_blocks


def main() -> int:
    """Run one command in a process of its own and return its exit code."""
    limit_threads()
    return_large_blocks()
    return cli.main(become=os.execve)


if __name__ == "__main__":
    sys.exit(main())
