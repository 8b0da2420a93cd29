"""How fast do facts come out of source code, and calls get their edges, on one core?

    python benchmarks/facts_speed.py ROOT [--repeat 5]

ROOT is any folder of source code; the files in the language that it has most of are read, and nothing is written. Facts
are extracted as a parse worker does it, with what it takes to look for garbage after each portion of files, without the
chunks of search; linking finds the targets of every call, import and base, in relations in memory, as an index does it
after its last file. An edit is a remark at the end of one file, which shows nothing to the others: of files spread over
the folder, the time until the links are those of the new text, without parsing it. All times are CPU seconds of this
one process, medians over the repetitions.
"""

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from index_speed import RUNS, addition, machine, source_files  # noqa: E402

from mcp_server.config import IndexOptions  # noqa: E402
from mcp_server.indexing.relink import link  # noqa: E402
from mcp_server.languages import Language, language_of  # noqa: E402
from stores.facts import FileFacts, ParsedFile  # noqa: E402
from stores.relations import Relations  # noqa: E402

EDITED_FILES = 25
PORTION_FILES = IndexOptions().portion_files

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("root", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    if not arguments.root.is_dir():
        sys.exit(f"{arguments.root} is not a folder")
    paths = sorted(source_files(arguments.root))
    texts = {str(path.relative_to(arguments.root)): path.read_text("utf-8", "replace") for path in paths}
    language = language_of(paths[0].name)
    if language is None or language.kind != "code":
        sys.exit(f"{arguments.root.name} holds more prose than code")
    megabytes = sum(len(text.encode("utf-8", "replace")) for text in texts.values()) / 1e6
    gc.disable()  # as the workers do
    facts = {path: language.extract(path, text) for path, text in texts.items()}
    gc.collect()
    gc.freeze()  # a worker does not keep facts: these are not looked through for garbage
    extracting: list[float] = []
    linking: list[float] = []
    editing: list[float] = []
    for _ in range(arguments.repeat):
        extracting.append(timed(lambda: extract(language, texts))[1])
        linked, edited = link_seconds(language, texts, facts)
        linking.append(linked)
        editing += edited
        gc.collect()
    calls = sum(len(each.calls) for each in facts.values())
    extract_s, link_s = statistics.median(extracting), statistics.median(linking)
    print(machine())
    print(f"{len(texts):,} files in {language.name}, {megabytes:.2f} MB, {calls:,} calls")
    print(f"facts         {extract_s:7.2f} s {megabytes / extract_s:8.2f} MB/s")
    print(f"linking       {link_s:7.2f} s {1e6 * link_s / max(calls, 1):8.0f} µs a call")
    print(f"both          {extract_s + link_s:7.2f} s")
    print(f"after an edit {1e3 * statistics.median(editing):7.1f} ms, the slowest {1e3 * max(editing):.1f} ms")


def extract(language: Language, texts: dict[str, str]) -> None:
    """Do what a parse worker does to find the facts of all files."""
    for number, (path, text) in enumerate(texts.items(), 1):
        language.extract(path, text)
        if number % PORTION_FILES == 0:
            gc.collect()


def timed(do: Callable[[], T]) -> tuple[T, float]:
    """Return what ``do`` gives, and the CPU seconds it takes."""
    before = time.process_time()
    found = do()
    return found, time.process_time() - before


def link_seconds(language: Language, texts: dict[str, str], facts: dict[str, FileFacts]) -> tuple[float, list[float]]:
    """Return the CPU seconds of linking all files, and of linking what each of some edits concerns."""
    relations = Relations.open()
    try:
        with relations.atomic():
            for path, text in texts.items():
                store(relations, path, text, facts[path])
            _, whole = timed(lambda: link(relations, None))
        after_edits = []
        for number, path in enumerate(list(texts)[:: max(1, len(texts) // EDITED_FILES)]):
            text = texts[path] + addition(Path(path), RUNS[2], number).decode()
            with relations.atomic():
                store(relations, path, text, language.extract(path, text))
                after_edits.append(timed(lambda path=path: link(relations, [path]))[1])
        return whole, after_edits
    finally:
        relations.close()


def store(relations: Relations, path: str, text: str, facts: FileFacts) -> None:
    data = text.encode("utf-8", "replace")
    relations.replace_file(ParsedFile(path, len(data), 0, sha256(data).digest(), text, facts, ()), (), (), 1)


if __name__ == "__main__":
    main()
