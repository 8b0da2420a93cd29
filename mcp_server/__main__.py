"""What runs on ``tristore`` and ``python -m mcp_server``?"""

import os
import sys

from mcp_server import cli


def main() -> int:
    """Run one command and return its exit code."""
    return cli.main(become=os.execve)


if __name__ == "__main__":
    sys.exit(main())
