"""tristore: a Model Context Protocol server that gives coding agents the right code within a token budget."""

__version__ = "0.1.0"
