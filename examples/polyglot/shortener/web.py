"""The service over HTTP, as a WSGI application."""

import json
import queue
import time
from collections.abc import Callable, Iterable
from typing import Any

from shortener.codes import BadCode
from shortener.service import Gone, Shortener
from shortener.store import LinkStore

visits: "queue.Queue[int]" = queue.Queue()


def make_shortener() -> Shortener:
    """Wire the parts together."""
    return Shortener(LinkStore(), time.time, visits.put)


def redirect(shortener: Shortener, code: str) -> tuple[str, str]:
    """Answer a visit: status and location."""
    try:
        target = shortener.resolve(code)
    except Gone:
        return "410 Gone", ""
    except BadCode:
        return "404 Not Found", ""
    return ("302 Found", target) if target else ("404 Not Found", "")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Serve POST /links and GET /CODE."""
    shortener = environ["linklet.shortener"]
    if environ["REQUEST_METHOD"] == "POST":
        body = json.loads(environ["wsgi.input"].read())
        code = shortener.shorten(body["target"])
        start_response("201 Created", [("Content-Type", "application/json")])
        return [json.dumps({"code": code}).encode()]
    status, location = redirect(shortener, environ["PATH_INFO"].lstrip("/"))
    start_response(status, [("Location", location)] if location else [])
    return []
