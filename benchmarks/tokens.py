"""How far is the token count above the tokenizers of the models?

    pip download --no-deps -d REF litellm 'anthropic==0.34.*'
    for wheel in REF/*.whl; do unzip -qo "$wheel" '*tokenizer*' -d REF; done
    pip install tiktoken tokenizers
    python benchmarks/tokens.py REF FOLDER...           # measures over the text files of the folders
    python benchmarks/tokens.py REF --write             # writes mcp_server/models/tokens.txt anew

litellm bundles the cl100k, o200k and DeepSeek vocabularies, anthropic 0.34 bundles Claude's published tokenizer; none
of these packages is a dependency of tristore. An excerpt is under-counted when a tokenizer needs more tokens than
``mcp_server.tokens`` says.
"""

import argparse
import base64
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mcp_server import tokens

BUNDLED = "litellm/litellm_core_utils/tokenizers"
# The names are the sha1 of the address that tiktoken downloads the vocabulary from.
CL100K = f"{BUNDLED}/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
O200K = f"{BUNDLED}/fb374d419588a4632f3f557e76b4b70aebbca790"
CLAUDE = "anthropic/tokenizer.json"
# Not used for making the vocabulary: says what to expect of a tokenizer that nobody has seen.
UNSEEN = f"{BUNDLED}/deepseek_tokenizer.json"

KINDS = {
    "python": (".py", ".pyi"),
    "javascript": (".js", ".ts", ".mjs", ".cjs"),
    "c": (".c", ".h", ".cc", ".cpp", ".hpp"),
    "go-rust-java": (".go", ".rs", ".java"),
    "ruby-php": (".rb", ".php"),
    "prose": (".md", ".rst", ".txt", "METADATA"),
    "data": (".json", ".toml", ".yaml", ".css", ".html"),
}
SHORTEST, LONGEST = 200, 8_000
PER_KIND = 3_000
SEED = 5

Counter = Callable[[str], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference", type=Path)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    missing = [name for name in (CL100K, O200K, CLAUDE, UNSEEN) if not (arguments.reference / name).is_file()]
    if missing:
        sys.exit(f"{arguments.reference} lacks {', '.join(missing)}; the docstring of {__file__} says how to get them")
    if arguments.write:
        write_vocabulary(arguments.reference)
    else:
        measure(references(arguments.reference), excerpts(arguments.folders))


def measure(counters: dict[str, Counter], texts: dict[str, list[str]]) -> None:
    print(f"{'':14}{'texts':>7}{'MB/s':>7}  under-counted %: {' '.join(counters):32}  mean over-count of the largest")
    every: list[tuple[int, list[int]]] = []
    for kind, chosen in [*texts.items(), ("all", [])]:
        start = time.process_time()
        ours = [tokens.count(text) for text in chosen]
        speed = sum(len(text.encode()) for text in chosen) / 1e6 / max(time.process_time() - start, 1e-9)
        theirs = [[counter(text) for counter in counters.values()] for text in chosen]
        rows = list(zip(ours, theirs, strict=True)) if kind != "all" else every
        every += rows if kind != "all" else []
        if rows:
            under = [sum(mine < row[at] for mine, row in rows) / len(rows) for at in range(len(counters))]
            over = sum(mine / max(row) for mine, row in rows) / len(rows)
            shares = " ".join(f"{share:8.3%}" for share in under)
            print(f"{kind:14}{len(rows):>7}{speed if chosen else 0:>7.1f}  {shares:50} {over:.3f}")


def excerpts(folders: list[Path]) -> dict[str, list[str]]:
    """Return up to PER_KIND excerpts a kind, two a file, of lengths spread evenly in their logarithm."""
    chance = random.Random(SEED)
    chosen: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for folder in folders:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        chance.shuffle(paths)
        for path in paths:
            kind = next((kind for kind, ends in KINDS.items() if path.name.endswith(ends)), "")
            if kind and len(chosen[kind]) < PER_KIND:
                chosen[kind] += cuts(path, chance)
    return chosen


def cuts(path: Path, chance: random.Random) -> Iterator[str]:
    text = path.read_text("utf-8", errors="ignore")[:400_000]
    for _ in range(2):
        length = int(SHORTEST * (LONGEST / SHORTEST) ** chance.random())
        start = text.rfind("\n", 0, chance.randrange(max(1, len(text) - length))) + 1
        if len(text) - start >= SHORTEST:
            yield text[start : start + length]


def references(folder: Path) -> dict[str, Counter]:
    try:
        import tiktoken
        from tokenizers import Tokenizer
    except ImportError as error:
        sys.exit(f"{error.name} is not installed; the docstring of {__file__} says what is needed")
    letter = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
    capital = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
    ending = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    patterns = {
        CL100K: r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"
        r"|\s*[\r\n]|\s+(?!\S)|\s",
        O200K: rf"[^\r\n\p{{L}}\p{{N}}]?{capital}*{letter}+{ending}|[^\r\n\p{{L}}\p{{N}}]?{capital}+{letter}*{ending}"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    }

    def openai(name: str) -> Counter:
        encoding = tiktoken.Encoding(
            name, pat_str=patterns[name], mergeable_ranks=openai_ranks(folder / name), special_tokens={}
        )
        return lambda text: len(encoding.encode_ordinary(text))

    def other(name: str) -> Counter:
        tokenizer: Any = Tokenizer.from_file(str(folder / name))
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)

    return {"cl100k": openai(CL100K), "o200k": openai(O200K), "claude": other(CLAUDE), "deepseek": other(UNSEEN)}


def write_vocabulary(folder: Path) -> None:
    """Write the tokens that all three have and a piece can hold, in Claude's order: its vocabulary is the smallest."""
    shared = openai_ranks(folder / CL100K).keys() & openai_ranks(folder / O200K).keys()
    kept = [token.decode() for token in claude_tokens(folder / CLAUDE) if token in shared and usable(token)]
    tokens.VOCABULARY.write_text("\n".join(kept), "utf-8", newline="\n")
    print(f"{len(kept)} tokens")


def usable(token: bytes) -> bool:
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return False
    return text != "\n" and "\r" not in text and tokens.pieces(text) == [text]


def openai_ranks(path: Path) -> dict[bytes, int]:
    lines = (line.split() for line in path.read_bytes().splitlines())
    return {base64.b64decode(line[0]): int(line[1]) for line in lines if line}


def claude_tokens(path: Path) -> Iterator[bytes]:
    """Yield the tokens as bytes, in order of rank (the file writes each byte as a printable character)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    byte_of = {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(rest)}
    vocabulary: dict[str, int] = json.loads(path.read_text("utf-8"))["model"]["vocab"]
    for token in sorted(vocabulary, key=vocabulary.__getitem__):
        if all(character in byte_of for character in token):
            yield bytes(byte_of[character] for character in token)


if __name__ == "__main__":
    main()
