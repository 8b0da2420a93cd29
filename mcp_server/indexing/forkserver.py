"""How do parse workers start in milliseconds and share their memory?

A fork server: one process, ``python -m mcp_server.indexing.forkserver``, imports what parsing needs, loads the token
table and the grammars, and forks a worker whenever it is asked. Workers share its pages, so that each costs only what
it writes to, and replacing one that grew or died is cheap. It runs one thread and imports no store, so forking it is
safe, which forking the indexing process is not (LanceDB's threads do not survive a fork).

Standard input is the control socket. A request is a letter and a process id: ``f`` brings a socket along and is
answered by the id of a new worker that serves it, ``w`` waits for a worker that ended and is answered by its status.
Everything ends when the other end of its socket does, so nothing outlives the process that indexes.
"""

import gc
import math
import os
import pickle
import resource
import signal
import socket
import struct
import sys
import time
from contextlib import suppress

from mcp_server import tokens
from mcp_server.indexing.worker import Failed, attempt, peak_bytes, resident_bytes
from mcp_server.languages import language_named

FORK, WAIT = b"f", b"w"
# letter, process id
REQUEST = struct.Struct("!cI")
# process id or wait status
REPLY = struct.Struct("!I")
# Of one message to a worker: bytes that follow.
TASKS = struct.Struct("!I")
# Of one result: bytes that follow, whether they are a packed result and not the cause why there is none (a line, then a
# traceback or nothing), the worker's largest size so far, its size now.
RESULT = struct.Struct("!I?QQ")


def receive(connection: socket.socket, size: int) -> bytes:
    """Return the next ``size`` bytes.

    Raises:
        EOFError: the other end is gone.
        TimeoutError: the socket's time limit is over.
    """
    portions = bytearray()
    while len(portions) < size:
        try:
            portion = connection.recv(size - len(portions))
        except ConnectionError:
            portion = b""
        if not portion:
            raise EOFError
        portions += portion
    return bytes(portions)


def main(languages: list[str]) -> None:
    """Fork workers on request until the control socket ends; ``languages`` are those to be loaded before."""
    # An interrupt from the keyboard goes to every process; this one ends when the one that started it does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tokens.count("load the table")
    for name in languages:
        if language := language_named(name):
            language.extract("empty", "")  # loads the grammar and compiles its query
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as control, suppress(EOFError, ConnectionError):
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, REQUEST.size, 1)
            if len(message) < REQUEST.size:
                return
            letter, process = REQUEST.unpack(message)
            control.sendall(REPLY.pack(_fork(control, descriptors[0]) if letter == FORK else _wait(process)))


def _fork(control: socket.socket, descriptor: int) -> int:
    process = os.fork()
    if process:
        os.close(descriptor)
        return process
    control.close()
    try:
        with socket.socket(fileno=descriptor) as connection, suppress(EOFError, ConnectionError):
            _serve(connection)
    finally:
        os._exit(0)


def _wait(process: int) -> int:
    try:
        return os.waitpid(process, 0)[1]
    except ChildProcessError:
        return 0


def _serve(connection: socket.socket) -> None:
    """Answer messages of (root, tasks, options), one result a task, as long as there are any."""
    _go_first()
    # Facts and trees hold no cycles; what an error leaves behind in some goes after a portion: looked for at each
    # thousand objects, as usual, it took a fifth of the time of parsing.
    gc.disable()
    while True:
        (size,) = TASKS.unpack(receive(connection, TASKS.size))
        root, tasks, options = pickle.loads(receive(connection, size))  # noqa: S301 (from the process that started us)
        # Not RLIMIT_AS: it counts what is only reserved or mapped from files, grammars and libraries included.
        resource.setrlimit(resource.RLIMIT_DATA, (options.parse_memory_bytes, options.parse_memory_bytes))
        for task in tasks:
            # Processor time, so that a file's fate does not hang on what else the machine does.
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + options.parse_cpu_seconds, -1))
            result = attempt(root, task, options)
            if isinstance(result, Failed):
                packed, done = f"{result.cause}\n{result.trace}".encode("utf-8", "replace"), False
            else:
                packed, done = pickle.dumps(result, pickle.HIGHEST_PROTOCOL), True
            connection.sendall(RESULT.pack(len(packed), done, peak_bytes(), resident_bytes()) + packed)
        del result, packed
        gc.collect()


def _go_first() -> None:
    """Die quietly, without a core file, and before any other process of ours when the machine runs out of memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:  # noqa: PTH123
        score.write("1000")
    # The parsing library writes to the standard error before it aborts.
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)


if __name__ == "__main__":
    main(sys.argv[1:])
