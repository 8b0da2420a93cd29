"""The service of linklet."""

from shortener.service import Shortener

__all__ = ["Shortener"]
