"""What does a sentence-transformers model make of a text?

The model is asked in a child process (``sentence_child``).
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import numpy as np

from mcp_server.config import process_environment
from mcp_server.errors import ModelUnavailable
from mcp_server.models.static import Floats, normalized
from stores.words import runs

_CHILD = Path(__file__).with_name("sentence_child.py")
_INSTALL = "pip install 'tristore[sentence-transformers]'"

# One request and its answer stay below a megabyte, and a slow model (one text a second) within the deadline.
_REQUEST_TEXTS = 64
# Loading took 29 s on a busy two-core machine; a model of several gigabytes on a slow disk takes minutes.
_LOAD_DEADLINE_S = 600.0
_ANSWER_DEADLINE_S = 300.0
# A child that died is started again once per request; a second death is the model's fault or the machine's.
_ATTEMPTS = 2
# What an error message quotes: of the child's last words the end, of its answer the beginning.
_ERROR_CHARS = 600
_READ_BYTES = 4_096


class SentenceTransformerEmbedder:
    """A sentence-transformers model in a child process. Safe to use from several threads; requests take turns."""

    def __init__(self, model: str) -> None:
        """Start the child and wait until the model is loaded (5 to 30 s).

        Raises:
            ModelUnavailable: the extra is not installed, or the model is not on this machine or cannot be loaded.
        """
        if find_spec("sentence_transformers") is None:
            raise ModelUnavailable(f"model {model!r} needs the package sentence-transformers: {_INSTALL}")
        self._model, name = _located(model)
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._child: _Child | None = None
        child = self._started()
        self.dimensions = child.dimensions
        self.id = f"st:{name}#{child.dimensions}#{child.digest[:12]}"

    def embed_documents(self, texts: Sequence[str]) -> Floats:
        """Return one vector per text; of length 1, or zero where the text has no words."""
        return self._embed("document", texts)

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        """Return one vector per query, with the model's query prompt where it has one."""
        return self._embed("query", texts)

    def close(self) -> None:
        """End the child at once, also in the middle of a request."""
        self._closed.set()
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _embed(self, kind: str, texts: Sequence[str]) -> Floats:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        worded = [at for at, text in enumerate(texts) if runs(text)]
        for start in range(0, len(worded), _REQUEST_TEXTS):
            block = worded[start : start + _REQUEST_TEXTS]
            with self._turn:
                vectors[block] = self._asked({"kind": kind, "texts": [_encodable(texts[at]) for at in block]})
        # A model may have no vector for a text's words: then its own normalising has divided zero by zero.
        return normalized(np.nan_to_num(vectors, nan=0.0, posinf=0.0, neginf=0.0))

    def _asked(self, request: dict[str, Any]) -> Floats:
        reason = ""
        for _ in range(_ATTEMPTS):
            child = self._child or self._started()
            try:
                return child.ask(request)
            except _ChildGoneError as error:
                reason = str(error)
                child.end()
                self._child = None
        raise ModelUnavailable(f"the process of model {self._model!r} ended twice while embedding: {reason}")

    def _started(self) -> "_Child":
        if self._closed.is_set():
            raise ModelUnavailable(f"model {self._model!r} is closed")
        child = _Child(self._model)
        self._child = child
        try:
            child.greet()
        except _ChildGoneError as error:
            child.end()
            self._child = None
            raise ModelUnavailable(f"model {self._model!r} cannot be loaded: {error}") from None
        if self._closed.is_set():
            child.end()
        return child


class _ChildGoneError(Exception):
    """The child ended, answered nonsense or took too long."""


class _Child:
    """One running child, its pipes, and the end of what it said on its error output."""

    def __init__(self, model: str) -> None:
        # -P and a script path: nothing is imported from the working directory, which is the indexed repository.
        command = [sys.executable, "-P", str(_CHILD), model]
        environment = {**process_environment(), "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and script)
            command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=_CHILD.parent, env=environment
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._to: IO[bytes] = self._process.stdin
        self._from: IO[bytes] = self._process.stdout
        self._last_words = b""
        self._listener = threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True)
        self._listener.start()
        self.dimensions = 0
        self.digest = ""

    def greet(self) -> None:
        """Wait until the model is loaded.

        Raises:
            _ChildGoneError: it cannot be loaded.
        """
        head, _ = self._exchange(b"", _LOAD_DEADLINE_S)
        if "error" in head:
            raise _ChildGoneError(
                f"{head['error'][:_ERROR_CHARS]}\n(its weights must be on this machine, tristore downloads nothing: "
                "`hf download NAME` fetches a model, or name its folder)"
            )
        self.dimensions, self.digest = int(head["dimensions"]), str(head["digest"])

    def ask(self, request: dict[str, Any]) -> Floats:
        """Return the vectors for a request.

        Raises:
            ModelUnavailable: the model failed on these texts.
            _ChildGoneError: the child must be started again.
        """
        head, body = self._exchange(json.dumps(request).encode() + b"\n", _ANSWER_DEADLINE_S)
        if "error" in head:
            raise ModelUnavailable(f"the model failed: {head['error'][:_ERROR_CHARS]}")
        return np.frombuffer(body, "<f4").reshape(len(request["texts"]), self.dimensions).astype(np.float32)

    def end(self) -> None:
        """Kill the child: it has no state to save, and a request in progress may last minutes."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._from.close()
        with suppress(OSError):  # what was still buffered for it
            self._to.close()

    def _exchange(self, request: bytes, deadline_s: float) -> tuple[dict[str, Any], bytes]:
        alarm = threading.Timer(deadline_s, self._process.kill)
        alarm.daemon = True
        alarm.start()
        try:
            if request:
                self._to.write(request)
                self._to.flush()
            head: dict[str, Any] = json.loads(self._from.readline())
            return head, self._read(int(head.get("bytes", 0)))
        except (OSError, ValueError, EOFError):
            raise _ChildGoneError(self._why()) from None
        finally:
            alarm.cancel()

    def _read(self, size: int) -> bytes:
        body = self._from.read(size)
        if len(body) < size:
            raise EOFError
        return body

    def _why(self) -> str:
        self._process.kill()
        code = self._process.wait()
        self._listener.join()
        said = self._last_words.decode("utf-8", "replace").strip()[-_ERROR_CHARS:]
        return f"it ended with code {code}" + (f", saying: {said}" if said else "")

    def _listen(self, errors: IO[bytes]) -> None:
        with errors:
            while said := os.read(errors.fileno(), _READ_BYTES):
                self._last_words = (self._last_words + said)[-4 * _ERROR_CHARS :]


def _located(model: str) -> tuple[str, str]:
    """Return what to load, and the name to give it: for a folder its last part, so that no path gets into the index."""
    if not (model.startswith((".", "~")) or Path(model).is_absolute()):
        return model, model
    folder = Path(model).expanduser().resolve()
    if not folder.is_dir():
        raise ModelUnavailable(f"model {model!r}: there is no folder {folder}; name one that holds a saved model")
    return str(folder), folder.name


def _encodable(text: str) -> str:
    """Return ``text`` without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode()
