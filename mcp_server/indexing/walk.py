"""Which files are there, and which changed?

First step of indexing: ``walk`` lists the files of a root and says of every other entry why it is left out,
``read`` turns one of them into text, ``changed_since`` compares what is known with the disk without reading.
The ``changed_ns`` of all of them is the time of the last change (``stamp.changed_ns``).

Left out are, in this order: version control and tool folders; what ``.tristoreignore`` or ``.gitignore`` name
(nested, git's precedence, then ``.git/info/exclude`` and what ``repository`` finds outside the root); symbolic links
(their target is listed itself); vendored code; secrets; generated and binary files. ``.tristoreignore`` has the last
word: what it un-ignores (``!vendor/``) is listed, except secrets. Folders named ``build`` or ``dist`` are left out
only if an ignore file says so: sources live there too. A nested repository or submodule is part of the tree and
follows its own ``.gitignore`` files and the user's excludes only.

Nothing outside the root is listed or read: every open goes through ``confinement``, which follows no symbolic link.
"""

import codecs
import errno
import fnmatch
import os
import re
import stat
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

from mcp_server import confinement
from mcp_server.config import IndexOptions
from mcp_server.errors import ConfigError
from mcp_server.indexing.ignore import MAX_IGNORE_BYTES, Rules, compile_rules
from mcp_server.indexing.repository import GIT_IGNORE, outer_rules
from mcp_server.stamp import changed_ns, settled
from stores.facts import Skip, display_path

IGNORED = "ignored"
BINARY = "binary"
TOO_LARGE = "too large"
MINIFIED = "minified"
GENERATED = "generated"
VENDORED = "vendored"
SECRET = "secret"  # noqa: S105 (a reason, not a password)
OUTSIDE = "symlink out of the root"
SYMLINK = "symlink"
NOT_REGULAR = "not a regular file"
UNREADABLE = "unreadable"
UNSUPPORTED = "unsupported"
DEPTH = "depth"
VANISHED = "vanished"
NOT_OBEYED = "ignore file too large"
TOO_MANY_ENTRIES = "too many entries in one folder"
TOO_MANY_FILES = "too many files in all"
TOO_MANY_BYTES = "too many bytes in all"
REASONS = (
    IGNORED, BINARY, TOO_LARGE, MINIFIED, GENERATED, VENDORED, SECRET, OUTSIDE, SYMLINK, NOT_REGULAR, UNREADABLE,
    UNSUPPORTED, DEPTH, VANISHED, TOO_MANY_ENTRIES, TOO_MANY_FILES, TOO_MANY_BYTES,
    NOT_OBEYED,
)  # fmt: skip

OWN_IGNORE = ".tristoreignore"

# Linux opens no path longer than 4,096 bytes, and the freshness check uses whole paths.
MAX_PATH_BYTES = 4_000
# git looks at 8,000 bytes, too, to tell binary files.
SNIFF_BYTES = 8_192
# Text in an old charset has next to no control characters; in random bytes every ninth is one.
MAX_CONTROL_SHARE = 0.02
HEADER_LINES = 5

_NEVER = frozenset((".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs"))
_TOOL_FOLDERS = (
    "__pycache__ .tox .nox .eggs .gradle .terraform .next .nuxt .parcel-cache .turbo"
    " .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache"
)
_VENDORED_FOLDERS = (
    "node_modules bower_components jspm_packages site-packages Pods Carthage"
    " vendor _vendor third_party third-party thirdparty"
)
_FOLDERS = {**dict.fromkeys(_TOOL_FOLDERS.split(), IGNORED), **dict.fromkeys(_VENDORED_FOLDERS.split(), VENDORED)}
# A file that says what its folder is: a virtual environment (PEP 405), a cache (bford.info/cachedir).
_MARKERS = {"pyvenv.cfg": VENDORED, "CACHEDIR.TAG": GENERATED}

PRIVATE_NAMES = (
    "*.env .env.* .envrc *.pem *.key *.p12 *.pfx *.pkcs12 *.jks *.keystore *.kdb *.kdbx *.ppk *.ovpn *.agekey"
    " id_rsa* id_dsa* id_ecdsa* id_ed25519* .netrc _netrc .pgpass .my.cnf .npmrc .pypirc .htpasswd .dockercfg"
    " .git-credentials .s3cfg .boto .vault-token .vault_pass* credentials.json client_secret*.json"
    " secrets.yml secrets.yaml secrets.json secrets.toml service-account*.json service_account*.json"
    " *firebase-adminsdk*.json *.tfstate *.tfstate.* kubeconfig wallet.dat .bash_history .zsh_history"
    " */.aws/credentials */.docker/config.json */.kube/config */.config/gcloud/* */.gnupg/* */.ssh/*"
)
PUBLIC_NAMES = "*.example *.sample *.template *.tmpl *.dist *.pub example.env sample.env template.env"
GENERATED_NAMES = (
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock poetry.lock pdm.lock uv.lock pipfile.lock"
    " cargo.lock composer.lock gemfile.lock podfile.lock mix.lock flake.lock pubspec.lock go.sum deno.lock"
    " packages.lock.json gradle.lockfile .terraform.lock.hcl *.min.js *.min.css *.min.mjs *.map *.bundle.js *.chunk.js"
    " *_pb2.py *_pb2.pyi *_pb2_grpc.py *.pb.go *.pb.cc *.pb.h *.g.dart *.freezed.dart *.designer.cs *.snap"
)
# Known by name so that they are not opened at every walk; all others are found by their NUL bytes.
BINARY_NAMES = (
    "*.png *.jpg *.jpeg *.gif *.webp *.bmp *.ico *.icns *.tif *.tiff *.psd *.mp3 *.mp4 *.mov *.avi *.mkv *.wav *.ogg"
    " *.flac *.webm *.zip *.gz *.bz2 *.xz *.zst *.7z *.rar *.tar *.tgz *.whl *.jar *.war *.class *.pyc *.pyo *.pyd *.so"
    " *.dylib *.dll *.exe *.o *.a *.wasm *.pdf *.doc *.docx *.xls *.xlsx *.ppt *.pptx *.ttf *.otf *.woff"
    " *.woff2 *.eot *.mo *.db *.sqlite *.sqlite3 *.npy *.npz *.parquet *.safetensors *.onnx *.bin"
)

_GENERATED_HEADER = re.compile(
    rb"^\s*(?:#|//|/\*|\*|--|;|<!--|%|\.\.)[^\n]*?"
    rb"(?:@generated\b|DO NOT EDIT|Code generated by|[Ff]ile (?:is|was) auto(?:matically |-)?generated)",
    re.MULTILINE,
)
# Go's bundle tool copies the hand-written code of another package into this one: it is called like any other.
_BUNDLED_HEADER = re.compile(rb"^// Code generated by golang\.org/x/tools/cmd/bundle\b", re.MULTILINE)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
# Only charsets: other codecs of the standard library unpack, escape or take quadratic time.
_CHARSETS = ("big5", "cp", "euc", "gb", "hz", "iso", "johab", "koi8", "kz1048", "mac", "ptcp154", "shift", "tis")
_BOMS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
         (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_CONTROLS = bytes({*range(32), 127} - set(b"\t\n\r\f\b\x1b"))

_OPEN_REASONS = {
    errno.ENOENT: VANISHED,
    errno.ENOTDIR: VANISHED,
    errno.ELOOP: SYMLINK,
    errno.ENXIO: NOT_REGULAR,
    errno.EXDEV: OUTSIDE,
    errno.EFBIG: TOO_LARGE,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to index; ``size`` and ``changed_ns`` tell later whether it changed."""

    path: str
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Walk:
    """What a root holds. ``folders`` maps visited folders ("" is the root) and ignore files to their ``changed_ns``."""

    files: list[Found]
    skips: list[Skip]
    folders: dict[str, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: ``content_hash`` is the SHA-256 of its bytes, ``text`` has no byte order mark."""

    path: str
    size: int
    changed_ns: int
    content_hash: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What may have changed; a folder is listed when an entry came or went, or an ignore file in it changed.

    ``linked`` are the files that have another name, too, under which they can be changed.
    """

    maybe_modified: list[str]
    gone: list[str]
    folders_changed: list[str]
    linked: list[str]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to visit; rules of the innermost ignore file come first, ``kept`` if our own un-ignore it.

    ``user`` are the user's excludes, which are among ``git`` only where there is a repository.
    """

    path: str
    depth: int = 0
    kept: bool = True
    git: tuple[Rules, ...] = ()
    own: tuple[Rules, ...] = ()
    user: tuple[Rules, ...] = ()


@dataclass(slots=True)
class _Room:
    """What may still be listed; ``full`` is the reason once something did not fit, "" until then."""

    files: int
    bytes: int
    full: str = ""

    def take(self, entry: Found | Skip, found: Walk) -> None:
        """Add an entry to ``found``: a file only while there is room."""
        if isinstance(entry, Skip):
            found.skips.append(entry)
            return
        if not self.full:
            self.full = TOO_MANY_FILES if self.files < 1 else TOO_MANY_BYTES if self.bytes < entry.size else ""
        if self.full:
            found.skips.append(Skip(entry.path, self.full))
            return
        self.files -= 1
        self.bytes -= entry.size
        found.files.append(entry)


def _names(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns.split()))


_SECRET = _names(PRIVATE_NAMES)
_PUBLIC = _names(PUBLIC_NAMES)
_GENERATED = _names(GENERATED_NAMES)
_BINARY = _names(BINARY_NAMES)


def walk(root: Path, options: IndexOptions) -> Walk:
    """Return the files of ``root`` in the order of their paths, and what was left out with its reason.

    Raises:
        ConfigError: the root is not a readable folder.
    """
    _require_folder(root)
    outer = outer_rules(root)
    found = Walk([], [], dict(outer.files))
    room = _Room(options.max_files, options.max_total_bytes)
    # Breadth first: where a limit ends the walk, what lies near the root is in.
    pending = deque([_Folder("", git=outer.above, user=outer.user)])
    while pending:
        folder = pending.popleft()
        if room.full:
            found.skips.append(Skip(folder.path, room.full))
        else:
            pending.extend(_visit(root, folder, options, found, room))
    found.files.sort(key=lambda file: file.path)
    found.skips.sort(key=lambda skip: skip.path)
    return found


def _require_folder(root: Path) -> None:
    try:
        with os.scandir(root) as entries:
            next(entries, None)
    except OSError as error:
        raise ConfigError(
            f"{display_path(os.fspath(root))} cannot be read ({error.strerror}); "
            "check that the folder exists and its permissions, or name another with --path"
        ) from None


def _visit(root: Path, folder: _Folder, options: IndexOptions, found: Walk, room: _Room) -> list[_Folder]:
    """List one folder into ``found`` and return the folders in it that are to be visited."""
    inner: list[_Folder] = []
    try:
        at = confinement.open_folder(root, folder.path)
    except OSError as error:
        if _OPEN_REASONS.get(error.errno or 0) != VANISHED:
            found.skips.append(Skip(folder.path, UNREADABLE))
        return inner
    try:
        found.folders[folder.path] = changed_ns(settled(at))
        with os.scandir(at) as listing:
            entries = sorted(islice(listing, options.max_folder_entries + 1), key=lambda entry: entry.name)
        if len(entries) > options.max_folder_entries:
            found.skips.append(Skip(folder.path, TOO_MANY_ENTRIES))
            return inner
        names = {entry.name for entry in entries}
        marked = [_MARKERS[name] for name in names & _MARKERS.keys()]
        if marked and not folder.kept:
            found.skips.append(Skip(folder.path, min(marked)))
            return inner
        folder = _with_rules(root, folder, names, found)
        prefix = folder.path and folder.path + "/"
        for entry in entries:
            result = _judge(root, entry, prefix + entry.name, folder, options)
            if isinstance(result, _Folder):
                inner.append(result)
            elif result:
                room.take(result, found)
    except OSError:
        found.skips.append(Skip(folder.path, UNREADABLE))
    finally:
        os.close(at)
    return inner


def _judge(
    root: Path, entry: os.DirEntry[str], path: str, folder: _Folder, options: IndexOptions
) -> Found | Skip | _Folder | None:
    """Say what becomes of one entry of a folder; None when it vanished meanwhile."""
    is_folder = entry.is_dir(follow_symlinks=False)
    ignored, kept = _verdict(path, entry.name, folder, is_folder=is_folder)
    if ignored or entry.name in _NEVER:
        return Skip(path, IGNORED)
    if entry.is_symlink():
        return Skip(path, _link_reason(root, path))
    if is_folder:
        deeper = replace(folder, path=path, depth=folder.depth + 1, kept=kept)
        return _judge_folder(root, entry.name, deeper, options.max_depth)
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return Skip(path, NOT_REGULAR)
    if is_secret(path):
        return Skip(path, SECRET)
    name = entry.name.lower()
    if not kept and _GENERATED.match(name):
        return Skip(path, GENERATED)
    if _BINARY.match(name):
        return Skip(path, BINARY)
    if status.st_size > options.max_file_bytes:
        return Skip(path, TOO_LARGE)
    return Found(path, status.st_size, changed_ns(status))


def _judge_folder(root: Path, name: str, folder: _Folder, max_depth: int) -> Skip | _Folder:
    if name in _FOLDERS and not folder.kept:
        return Skip(folder.path, _FOLDERS[name])
    if folder.depth > max_depth or len(os.fsencode(root)) + len(os.fsencode(folder.path)) > MAX_PATH_BYTES:
        return Skip(folder.path, DEPTH)
    return folder


def _verdict(path: str, name: str, folder: _Folder, *, is_folder: bool) -> tuple[bool, bool]:
    """Return whether an entry is ignored, and whether our own ignore file un-ignores it."""
    if not (folder.own or folder.git):
        return False, False
    path_bytes, name_bytes = os.fsencode(path), os.fsencode(name)
    for chain in (folder.own, folder.git):
        for rules in chain:
            ignored = rules.verdict(path_bytes, name_bytes, is_folder=is_folder)
            if ignored is not None:
                return ignored, not ignored and chain is folder.own
    return False, False


def _with_rules(root: Path, folder: _Folder, names: set[str], found: Walk) -> _Folder:
    prefix = folder.path and folder.path + "/"
    git, own = folder.git, folder.own
    if ".git" in names:
        outer = folder.user if folder.path else git
        git = _rules(root, prefix + ".git/info/exclude", folder.path, found) + outer
    if GIT_IGNORE in names:
        git = _rules(root, prefix + GIT_IGNORE, folder.path, found) + git
    if OWN_IGNORE in names:
        own = _rules(root, prefix + OWN_IGNORE, folder.path, found) + own
    return replace(folder, git=git, own=own)


def _rules(root: Path, path: str, folder: str, found: Walk) -> tuple[Rules, ...]:
    try:
        status, content = confinement.read_file(root, path, MAX_IGNORE_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            found.skips.append(Skip(path, NOT_OBEYED))
        return ()
    found.folders[path] = changed_ns(status)
    rules = compile_rules(content, os.fsencode(folder))
    return (rules,) if rules else ()


def _link_reason(root: Path, path: str) -> str:
    try:
        inside = (root / path).resolve(strict=True).relative_to(root.resolve())
    except ValueError:
        return OUTSIDE
    except (OSError, RuntimeError):
        return f"{SYMLINK} to nothing"
    return f"{SYMLINK} to {display_path(inside.as_posix())}"


def is_secret(path: str) -> bool:
    """Tell whether a file is likely to hold a secret, by its name alone."""
    whole = "/" + path.lower()
    name = whole.rpartition("/")[2]
    return bool(_SECRET.match(name) or _SECRET.match(whole)) and not _PUBLIC.match(name)


def read(root: Path, path: str, options: IndexOptions) -> Source | Skip:
    """Return the text of one file below ``root``, or why it is not indexed; never raises for what is on disk."""
    if is_secret(path):
        return Skip(path, SECRET)
    try:
        status, data = confinement.read_file(root, path, options.max_file_bytes)
    except OSError as error:
        return Skip(path, _OPEN_REASONS.get(error.errno or 0, UNREADABLE))
    text = _decode(data, path)
    if text is None:
        return Skip(path, BINARY)
    if len(data) > options.max_line_bytes and max(map(len, data.splitlines())) > options.max_line_bytes:
        return Skip(path, MINIFIED)
    header = b"\n".join(data[:SNIFF_BYTES].split(b"\n", HEADER_LINES)[:HEADER_LINES])
    if _GENERATED_HEADER.search(header) and not _BUNDLED_HEADER.search(header):
        return Skip(path, GENERATED)
    return Source(path, status.st_size, changed_ns(status), sha256(data).digest(), text)


def _decode(data: bytes, path: str) -> str | None:
    """Return the text of ``data``, which tiles the file and holds no lone surrogate; None when it is no text."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:SNIFF_BYTES]:
        return None
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        pass
    if len(data.translate(None, _CONTROLS)) < len(data) * (1 - MAX_CONTROL_SHARE):
        return None
    return data.decode(_charset(data, path), "replace")


def _charset(data: bytes, path: str) -> str:
    """Return the charset that a Python file declares in its first two lines, else latin-1, which takes every byte."""
    if path.endswith((".py", ".pyi", ".pyw")):
        for line in data[:SNIFF_BYTES].splitlines()[:2]:
            if cookie := _CODING.match(line):
                try:
                    name = codecs.lookup(cookie[1].decode("ascii")).name
                except LookupError:
                    break
                return name if name.startswith(_CHARSETS) else "latin-1"
    return "latin-1"


def changed_since(root: Path, known: Mapping[str, tuple[int, int]], folders: Mapping[str, int]) -> Changes:
    """Return what may have changed, by status alone.

    Args:
        root: the indexed folder.
        known: (size, changed_ns) of every known file, by path.
        folders: ``Walk.folders`` of the last walk.

    Raises:
        ConfigError: the root is not a readable folder (which must not read as "every file is gone").
    """
    _require_folder(root)
    prefix = f"{os.fspath(root)}/"
    lstat, is_file = os.lstat, stat.S_ISREG
    modified: list[str] = []
    gone: list[str] = []
    linked: list[str] = []
    for path, (size, then) in known.items():
        try:
            status = lstat(prefix + path)
        except (FileNotFoundError, NotADirectoryError):
            gone.append(path)
            continue
        except OSError:
            modified.append(path)
            continue
        if changed_ns(status) != then or status.st_size != size or not is_file(status.st_mode):
            modified.append(path)
        if status.st_nlink > 1:
            linked.append(path)
    changed = {_folder_of(path) for path, then in folders.items() if _changed_ns(prefix + path) != then}
    return Changes(modified, gone, sorted(changed), linked)


def _folder_of(path: str) -> str:
    """Return the folder that an ignore file rules, the root for one from outside; a folder is its own."""
    if path.startswith("../"):
        return ""
    folder, _, name = path.rpartition("/")
    if name == "exclude" and f"/{folder}".endswith("/.git/info"):
        return folder.removesuffix(".git/info").removesuffix("/")
    return folder if name in (GIT_IGNORE, OWN_IGNORE) else path


def _changed_ns(path: str) -> int:
    try:
        return changed_ns(os.lstat(path))
    except OSError:
        return -1
