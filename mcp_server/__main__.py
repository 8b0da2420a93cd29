"""What runs on ``tristore`` and ``python -m mcp_server``?"""

import sys

from mcp_server.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
