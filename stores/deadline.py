"""How long may one store keep an answer waiting?"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begun(work: Callable[[], T]) -> Future[T]:
    """Start ``work`` in a thread that keeps no process alive; the future has what it returns or raises.

    Who waits for it no longer than a deadline (``Future.result``) leaves it behind: it goes on, for nobody.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  carried to the one who waits
            future.set_exception(error)

    threading.Thread(target=run, name="tristore-store", daemon=True).start()
    return future
