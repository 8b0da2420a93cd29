"""How does a sentence-transformers model answer over a pipe?

Run as a script in its own process, so that torch's half gigabyte and its five seconds of loading stay out of the
server. It imports nothing of tristore. The model is named on the command line; every message is one line of JSON:

    it writes   {"digest": d, "dimensions": n}                    or {"error": text} and ends
    it reads    {"kind": "query" or "document", "texts": [...]}
    it writes   {"bytes": n}, then n bytes of float32 (rows x dimensions, little-endian)    or {"error": text}

and so on until its input is closed.
"""

import json
import os
import signal
import sys
from hashlib import sha256
from typing import Any, BinaryIO


def main() -> None:
    """Load the model named on the command line and answer until the input ends."""
    # The terminal's Ctrl-C reaches the whole group; the server ends this process by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Libraries print what they like to descriptor 1: the protocol gets a copy that they do not know.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        model = _load(sys.argv[1])
        hello = {"digest": _digest(model), "dimensions": int(model.get_embedding_dimension())}
    except Exception as error:  # noqa: BLE001 (whatever a model's files make fail is told to the server)
        _write(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    _write(answers, hello)
    for line in sys.stdin.buffer:
        _answer(model, json.loads(line), answers)


def _load(name: str) -> Any:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (what fails here must be told as well)

    # Code that comes with a model is not run, and the network is not asked: the server works offline.
    return SentenceTransformer(name, trust_remote_code=False, local_files_only=True)


def _digest(model: Any) -> str:
    """Return a digest of all weights and prompts, equal on every machine."""
    import torch  # noqa: PLC0415

    digest = sha256(json.dumps(model.prompts, sort_keys=True).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _answer(model: Any, request: dict[str, Any], answers: BinaryIO) -> None:
    try:
        encode = model.encode_query if request["kind"] == "query" else model.encode_document
        vectors = encode(request["texts"], convert_to_numpy=True, show_progress_bar=False).astype("<f4")
    except Exception as error:  # noqa: BLE001 (told to the server, which raises it to its caller)
        _write(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    _write(answers, {"bytes": vectors.nbytes}, vectors.tobytes())


def _write(answers: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n" + body)
    answers.flush()


if __name__ == "__main__":
    main()
