"""How fast does the built-in model embed, and in how much memory?

    python benchmarks/embedding.py FOLDER...                          # files with a known ending, in chunks of 40 lines
    python benchmarks/embedding.py FOLDER... --sentence-transformers  # also that library on the same table

Times are CPU seconds of one thread, because they do not depend on what else the machine does. Every path runs in a
process of its own: resident memory cannot be taken back.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ENDINGS = {".py", ".js", ".ts", ".go", ".rs", ".java", ".c", ".h", ".cc", ".cpp", ".hpp", ".rb", ".php", ".md", ".rst"}
CHUNK_LINES = 40
MAX_CHUNKS = 20_000
BATCH = 1_024
QUERIES = 200
COLUMNS = ("load CPU-s", "RSS loaded MB", "RSS end MB", "cold chunks/s", "cold MB/s", "warm chunks/s", "query us")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--sentence-transformers", action="store_true")
    parser.add_argument("--path", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.path:
        print(json.dumps(measured(PATHS[arguments.path], arguments.folders)))
        return
    rows = {name: run(name, arguments.folders) for name in PATHS if name == "static" or arguments.sentence_transformers}
    print(f"{rows['static']['chunks']} chunks, {rows['static']['MB']:.1f} MB")
    print(f"{'':24}" + "".join(f"{column:>15}" for column in COLUMNS))
    for name, row in rows.items():
        print(f"{name:24}" + "".join(f"{row[column]:>15.5g}" for column in COLUMNS))
    for name in rows.keys() - {"static"}:
        ratio = rows["static"]["cold chunks/s"] / rows[name]["cold chunks/s"]
        print(f"static is {ratio:.1f} times as fast as {name}")


def run(name: str, folders: list[Path]) -> dict[str, Any]:
    command = [sys.executable, __file__, *map(str, folders), "--path", name]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result


def measured(load: Callable[[], Callable[[list[str]], object]], folders: list[Path]) -> dict[str, Any]:
    before = time.process_time()
    embed = load()
    embed(["warm up"])
    loaded = time.process_time() - before
    loaded_rss = resident_mb()
    texts = [text for _, text in zip(range(MAX_CHUNKS), chunks(folders), strict=False)]
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    # The chunks themselves are the benchmark's, not the model's.
    own = resident_mb() - loaded_rss
    cold, warm = pass_over(embed, texts), pass_over(embed, texts)
    end = resident_mb() - own
    before = time.process_time()
    for number in range(QUERIES):
        embed([f"how is the request session authenticated {number}"])
    query = (time.process_time() - before) / QUERIES
    speeds = (len(texts) / cold, megabytes / cold, len(texts) / warm)
    row = dict(zip(COLUMNS, (loaded, loaded_rss, end, *speeds, query * 1e6), strict=True))
    return {**row, "chunks": len(texts), "MB": megabytes}


def pass_over(embed: Callable[[list[str]], object], texts: list[str]) -> float:
    before = time.process_time()
    for start in range(0, len(texts), BATCH):
        embed(texts[start : start + BATCH])
    return time.process_time() - before


def chunks(folders: list[Path]) -> Iterator[str]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in ENDINGS and path.is_file() and path.stat().st_size < 1_000_000:
                lines = path.read_text("utf-8", errors="replace").splitlines(keepends=True)
                for start in range(0, len(lines), CHUNK_LINES):
                    yield "".join(lines[start : start + CHUNK_LINES])


def resident_mb() -> float:
    """Return the resident memory in MB; 0 where /proc does not exist."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def load_static() -> Callable[[list[str]], object]:
    from mcp_server.embedding import open_embedder

    return open_embedder("tristore-static").embed_documents


def load_sentence_transformers() -> Callable[[list[str]], object]:
    import safetensors.numpy
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer

    torch.set_num_threads(1)
    folder = ROOT / "mcp_server" / "models"
    table = safetensors.numpy.load_file(folder / "table.int8.safetensors")
    weights = table["q"].astype("f4") * table["scale"].astype("f4")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()])
    return lambda texts: model.encode(texts, batch_size=256, show_progress_bar=False)


PATHS = {"static": load_static, "sentence-transformers": load_sentence_transformers}

if __name__ == "__main__":
    main()
