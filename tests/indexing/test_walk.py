"""Does the walk find what git finds, leave out what it says, and never leave the root?"""

import codecs
import os
import shutil
import socket
import subprocess
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.config import IndexOptions
from mcp_server.errors import ConfigError
from mcp_server.indexing import walk as walking
from mcp_server.indexing.ignore import compile_rules
from mcp_server.indexing.walk import Source, changed_since, is_secret, read, walk
from stores.facts import Skip

OPTIONS = IndexOptions()
GIT = {**os.environ, **dict.fromkeys(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "HOME", "XDG_CONFIG_HOME"), os.devnull)}


def paths(root: Path) -> list[str]:
    return [file.path for file in walk(root, OPTIONS).files]


def skips(root: Path) -> dict[str, str]:
    return {skip.path: skip.reason for skip in walk(root, OPTIONS).skips}


def text_of(root: Path, path: str) -> str:
    source = read(root, path, OPTIONS)
    assert isinstance(source, Source), source
    return source.text


def reason_of(root: Path, path: str, options: IndexOptions = OPTIONS) -> str:
    skip = read(root, path, options)
    assert isinstance(skip, Skip)
    assert skip.path == path
    return skip.reason


def git_paths(root: Path) -> list[str]:
    """The files that git neither tracks nor ignores: in a new repository, all that are not ignored."""
    command = ["git", "ls-files", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, env=GIT, check=True, capture_output=True).stdout
    return sorted(os.fsdecode(path) for path in listed.split(b"\0") if path)


def git_init(root: Path) -> None:
    subprocess.run(["git", "init", "-q", "--template=", str(root)], check=True, env=GIT)


# --- what is listed ---------------------------------------------------------------------------------------------


def test_files_come_in_the_order_of_their_paths_with_size_and_time(tree):
    root = tree({"b.py": "x = 1\n", "a/z.py": "", "a.py": "y\n"})
    found = walk(root, OPTIONS)
    assert [f.path for f in found.files] == ["a.py", "a/z.py", "b.py"]
    assert [f.size for f in found.files] == [2, 0, 6]
    assert found.files[0].changed_ns == (root / "a.py").stat().st_mtime_ns
    inside = {path: changed for path, changed in found.folders.items() if not path.startswith("../")}
    assert inside == {"": root.stat().st_mtime_ns, "a": (root / "a").stat().st_mtime_ns}
    assert walk(root, OPTIONS) == found


def test_names_with_newlines_spaces_and_undecodable_bytes_are_found_and_read(tree):
    root = tree({"a b.py": "1", "new\nline.py": "2"})
    (root / os.fsdecode(b"caf\xe9.py")).write_text("3")
    assert paths(root) == ["a b.py", "caf\udce9.py", "new\nline.py"]
    assert [text_of(root, path) for path in paths(root)] == ["1", "3", "2"]


def test_two_hundred_folders_deep_is_found_and_an_endless_tree_ends(tmp_path):
    deep = tmp_path / "/".join(["d"] * 200)
    deep.mkdir(parents=True)
    (deep / "f.py").write_text("x")
    assert paths(tmp_path) == ["d/" * 200 + "f.py"]
    assert text_of(tmp_path, "d/" * 200 + "f.py") == "x"
    (deep / "/".join(["d"] * 100)).mkdir(parents=True)
    assert skips(tmp_path) == {"/".join(["d"] * (OPTIONS.max_depth + 1)): walking.DEPTH}


def test_paths_that_would_be_too_long_for_the_system_are_skipped(tmp_path):
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 250, dir_fd=at)
        inner = os.open("n" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)
    assert list(skips(tmp_path).values()) == [walking.DEPTH]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"max_files": 5}, walking.TOO_MANY_FILES), ({"max_total_bytes": 34}, walking.TOO_MANY_BYTES)],
)
def test_what_is_beyond_a_limit_of_the_whole_is_named_and_what_is_near_the_root_is_in(tree, limits, reason):
    root = tree({f"{folder}{name}.py": "12345" for folder in ("", "a/", "a/deep/", "z/") for name in "mn"})
    tree({"z/n.py": "1234567890"})
    found = walk(root, replace(OPTIONS, **limits))
    assert [file.path for file in found.files] == ["a/m.py", "a/n.py", "m.py", "n.py", "z/m.py"]
    assert {skip.path: skip.reason for skip in found.skips} == {"a/deep": reason, "z/n.py": reason}
    assert walk(root, replace(OPTIONS, **limits)) == found


def test_a_folder_of_too_many_entries_is_one_skip(tree):
    root = tree({**{f"data/{i}.py": "" for i in range(9)}, **{f"code/{i}.py": "" for i in range(8)}})
    found = walk(root, replace(OPTIONS, max_folder_entries=8))
    assert found.skips == [Skip("data", walking.TOO_MANY_ENTRIES)]
    assert len(found.files) == 8


def test_a_root_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="--path"):
        walk(tmp_path / "absent", OPTIONS)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--path"):
        walk(tmp_path / "file", OPTIONS)


# --- what is ignored --------------------------------------------------------------------------------------------


def test_the_innermost_and_last_line_decides_and_ignored_folders_are_one_skip(tree):
    root = tree({
        ".gitignore": "*.log\nout/\n/top.py\n",
        "a/.gitignore": "!keep.log\n",
        "a/keep.log": "", "a/drop.log": "", "a/top.py": "", "top.py": "", "a/out/x/y.py": "", "out/z.py": "",
    })  # fmt: skip
    assert paths(root) == [".gitignore", "a/.gitignore", "a/keep.log", "a/top.py"]
    expected = ("a/drop.log", "a/out", "out", "top.py")
    assert skips(root) == dict.fromkeys(expected, walking.IGNORED)


def test_a_whitelist_of_folders_is_understood(tree):
    root = tree({".gitignore": "/*\n!/src/\n", "src/a.py": "", "other/b.py": ""})
    assert paths(root) == ["src/a.py"]


def test_a_file_in_an_ignored_folder_cannot_be_unignored(tree):
    root = tree({".gitignore": "out/\n!out/a.py\n", "out/a.py": ""})
    assert paths(root) == [".gitignore"]


def test_tristoreignore_is_stronger_than_gitignore(tree):
    root = tree({
        ".gitignore": "gen/\n", "gen/a.py": "", "gen/.gitignore": "b.py\n", "gen/b.py": "", "docs/c.md": "",
        ".tristoreignore": "!gen/\n!b.py\n/docs\n",
    })  # fmt: skip
    assert paths(root) == [".gitignore", ".tristoreignore", "gen/.gitignore", "gen/a.py", "gen/b.py"]


def test_tristoreignore_brings_back_vendored_and_generated_files_but_no_secret(tree):
    files = {"vendor/a.py": "", "venv/pyvenv.cfg": "", "venv/b.py": "", "uv.lock": "", ".env": "", ".git/config": ""}
    root = tree(files)
    assert paths(root) == []
    tree({".tristoreignore": "!vendor/\n!venv/\n!*.lock\n!.env\n!.git/\n"})
    assert paths(root) == [".tristoreignore", "uv.lock", "vendor/a.py", "venv/b.py", "venv/pyvenv.cfg"]


def test_the_exclude_file_of_git_counts_least(tree):
    root = tree({".git/info/exclude": "*.txt\n", ".gitignore": "!b.txt\n", "a.txt": "", "b.txt": ""})
    assert paths(root) == [".gitignore", "b.txt"]


def test_a_nested_repository_follows_its_own_ignore_files_only(tree):
    root = tree({
        ".gitignore": "*.log\n", "sub/.git": "gitdir: ../.git/modules/sub\n", "sub/a.log": "",
        "sub/.gitignore": "b.*\n", "sub/b.py": "", "sub/inner/a.log": "", "a.log": "",
    })  # fmt: skip
    assert paths(root) == [".gitignore", "sub/.gitignore", "sub/a.log", "sub/inner/a.log"]


def test_an_ignore_file_that_is_a_link_is_not_followed(tree, tmp_path):
    root = tree({"a.py": ""})
    (tmp_path / "rules").write_text("*\n")
    (root / ".gitignore").symlink_to(tmp_path / "rules")
    assert paths(root) == ["a.py"]


NAMES = st.sampled_from(
    ["a", "b", "ab", "foo", "bar", "a.c", "b.log", "a b", "x]y", "[a]", "-", "a-c", "é", "!a", "#a", "a\\b", "s ", "*"]
)
PIECES = st.sampled_from(
    ["a", "b", "foo", ".c", ".log", "*", "**", "***", "?", "/", "[ab]", "[!a]", "[^b]", "[a-c]", "[c-a]", "[[:alpha:]]",
     "[[:foo:]]", "[]a]", "[a", "]", "\\", "\\*", "!", " ", "\\ ", "é", "[\\]a]", "[a-", "[[:]", "[a/b]", "#", "[-a]"]
)  # fmt: skip
KNOWN = st.sampled_from(
    ["**/a", "*", "*/", "/*", "**", "**/", "/**", "a/**/b", "foo/**/", "**/foo/**", "a/*", "*/*", "**/*/b", "*a*b*",
     "a/**/b/**/c", "**/a/**/b", "foo/", "/foo", "!foo/", "*.c", "??", "!*/", "!/a/**"]
)  # fmt: skip
PATTERNS = st.one_of(
    KNOWN,
    st.builds(
        lambda sign, name, end: sign + name + end, st.sampled_from(["", "!", "/"]), NAMES, st.sampled_from(["", "/"])
    ),
    st.lists(PIECES, min_size=1, max_size=6).map("".join),
)
IGNORES = st.lists(PATTERNS, min_size=1, max_size=7).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines))
)
FILES = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=3, max_size=25)


@given(FILES, st.lists(IGNORES, min_size=1, max_size=3), st.none() | IGNORES, st.data())
@settings(max_examples=120)
def test_random_trees_are_walked_as_git_walks_them(tmp_path_factory, files, ignores, exclude, data):
    root = tmp_path_factory.mktemp("tree")
    git_init(root)
    for path in files:
        if not any((root / p).is_file() for p in [path, *map(str, Path(path).parents)]) and not (root / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("x\n")
    folders = sorted({root, *((root / path).parent for path in files if (root / path).is_file())})
    for ignore in ignores:
        (data.draw(st.sampled_from(folders)) / ".gitignore").write_bytes(ignore.encode())
    if exclude:
        (root / ".git/info").mkdir()
        (root / ".git/info/exclude").write_bytes(exclude.encode())
    try:
        assert paths(root) == git_paths(root)
    finally:
        shutil.rmtree(root)


def test_check_ignore_of_git_agrees_on_a_folder_and_the_files_in_it(tree):
    root = tree({".gitignore": "*.log\n!logs/\ncache*\n", "logs/a.log": "", "logs/b.py": "", "cached/c.py": ""})
    git_init(root)
    for path in ["logs", "logs/a.log", "logs/b.py", "cached", ".gitignore"]:
        asked = subprocess.run(["git", "check-ignore", "-q", path], cwd=root, env=GIT, check=False)
        assert (skips(root).get(path) == walking.IGNORED) == (asked.returncode == 0), path


@pytest.mark.parametrize("pattern", ["*a" * 400 + "*b", "**/a/" * 40 + "b", "**/*a*a*/" * 80 + "b", "[" * 900])
def test_a_hostile_pattern_takes_no_time(pattern):
    rules = compile_rules(f"{pattern}\nz".encode(), b"")
    path = b"/".join([b"a" * 250] * 15)
    started = time.perf_counter()
    assert rules.verdict(path, b"a" * 250, is_folder=False) is None
    assert time.perf_counter() - started < 1


# --- what else is left out --------------------------------------------------------------------------------------


def test_other_peoples_code_and_tool_folders_are_one_skip_each(tree):
    root = tree({
        "node_modules/a/b.js": "", "web/vendor/c.js": "", "lib/site-packages/d.py": "", "pkg/__pycache__/e.pyc": "",
        "my-env/pyvenv.cfg": "", "my-env/lib/f.py": "", "target/CACHEDIR.TAG": "", "target/g.rs": "", ".hg/h": "",
        "build/keep.py": "", "dist/keep.py": "",
    })  # fmt: skip
    assert paths(root) == ["build/keep.py", "dist/keep.py"]
    assert skips(root) == {
        ".hg": "ignored", "lib/site-packages": "vendored", "my-env": "vendored", "node_modules": "vendored",
        "pkg/__pycache__": "ignored", "target": "generated", "web/vendor": "vendored",
    }  # fmt: skip


def test_generated_binary_and_large_files_are_known_by_name_or_size(tree):
    root = tree({"Cargo.lock": "", "a.min.js": "", "a.js.map": "", "x_pb2.py": "", "LOGO.PNG": "", "big.txt": "x" * 99})
    found = walk(root, replace(OPTIONS, max_file_bytes=98))
    assert {s.path: s.reason for s in found.skips} == {
        "Cargo.lock": "generated", "a.min.js": "generated", "a.js.map": "generated", "x_pb2.py": "generated",
        "LOGO.PNG": "binary", "big.txt": "too large",
    }  # fmt: skip


SECRETS = (
    ".env .env.local .env.production prod.env .envrc server.pem tls.key id_rsa id_rsa_work id_ed25519 ID_RSA cert.p12"
    " store.jks release.keystore vault.kdbx .netrc .pgpass .npmrc .pypirc .htpasswd .git-credentials credentials.json"
    " secrets.yml secrets.yaml secrets.json secrets.toml service-account.json service-account-prod.json"
    " terraform.tfstate terraform.tfstate.backup .aws/credentials home/.aws/credentials .ssh/config .docker/config.json"
    " .kube/config"
)
NO_SECRETS = (
    ".env.example .env.sample .env.template id_rsa.pub secrets.py secrets.yml.example environment.py keys.py"
    " credentials.py tokens.json config.json aws/credentials.py monkey.py keyboard.ts"
)


@pytest.mark.parametrize("path", SECRETS.split())
def test_a_file_named_like_a_secret_is_neither_listed_nor_read(tree, path):
    root = tree({path: "token"})
    assert is_secret(path)
    assert skips(root) == {path: walking.SECRET}
    assert reason_of(root, path) == walking.SECRET


@pytest.mark.parametrize("path", NO_SECRETS.split())
def test_a_file_that_only_sounds_secret_is_listed(tree, path):
    assert paths(tree({path: "x"})) == [path]


def test_links_are_not_followed_and_say_where_they_lead(tree, tmp_path):
    root = tree({"pkg/a.py": "x"})
    (tmp_path / "outside.py").write_text("secret")
    (tmp_path / "tree-evil").mkdir()
    for name, target in {
        "inner": "pkg", "pkg/file.py": "a.py", "up": "..", "out.py": tmp_path / "outside.py", "proc": "/proc/self/root",
        "sibling": "../tree-evil", "loop": "loop", "broken": "absent",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    assert paths(root) == ["pkg/a.py"]
    assert skips(root) == {
        **dict.fromkeys(("up", "out.py", "proc", "sibling"), walking.OUTSIDE),
        **dict.fromkeys(("loop", "broken"), "symlink to nothing"),
        "inner": "symlink to pkg",
        "pkg/file.py": "symlink to pkg/a.py",
    }
    for path in ["out.py", "up/outside.py", "inner/a.py", "pkg/file.py", "proc/etc/passwd", "loop"]:
        assert isinstance(read(root, path, OPTIONS), Skip), path


@pytest.mark.parametrize(
    "path",
    ["../outside", "/etc/passwd", "a/../../outside", "", ".", "a", "a.py\0.txt", "./a.py", "a//b.py", "a/", "~/x",
     "file:///etc/passwd", "..\\outside", "a/" * 3000 + "x", "\ud800", "x" * 5000],
)  # fmt: skip
def test_no_path_leaves_the_root_or_raises(tree, tmp_path, path):
    root = tree({"a.py": "x", "a/b.py": "y"})
    (tmp_path / "outside").write_text("secret")
    assert isinstance(read(root, path, OPTIONS), Skip)


def test_pipes_and_sockets_are_not_opened(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.py")
    monkeypatch.chdir(tmp_path)  # a socket's whole path may have 108 bytes only
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.py")
        assert skips(tmp_path) == dict.fromkeys(("pipe.py", "sock.py"), walking.NOT_REGULAR)
        assert reason_of(tmp_path, "pipe.py") == walking.NOT_REGULAR
        assert reason_of(tmp_path, "sock.py") == walking.NOT_REGULAR


# --- what is read -----------------------------------------------------------------------------------------------


def test_a_source_has_the_hash_of_its_bytes_and_keeps_its_line_ends(tree):
    data = codecs.BOM_UTF8 + "a = 'é'\r\nb\n".encode()
    root = tree({"a.py": data})
    source = read(root, "a.py", OPTIONS)
    status = (root / "a.py").stat()
    assert source == Source("a.py", len(data), status.st_mtime_ns, sha256(data).digest(), "a = 'é'\r\nb\n")


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.txt", "hé".encode("utf-16"), "hé"),
        ("a.txt", codecs.BOM_UTF16_BE + "hé".encode("utf-16-be"), "hé"),
        ("a.txt", "hé".encode("utf-32"), "hé"),
        ("a.txt", codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "\ufffda"),
        ("a.txt", b"caf\xe9", "café"),
        ("a.py", b"# -*- coding: cp1251 -*-\n\xcf\xdf", "# -*- coding: cp1251 -*-\nПЯ"),
        ("a.py", b"#!/x\n# vim: set fileencoding=koi8-r :\n\xf0", "#!/x\n# vim: set fileencoding=koi8-r :\nП"),
        ("a.py", b"# coding: no-such\n\xe9", "# coding: no-such\né"),
        ("a.py", b"# coding: unicode_escape\n\xe9 \\ud800", "# coding: unicode_escape\né \\ud800"),
        ("a.py", b"# coding: zlib\n\xe9", "# coding: zlib\né"),
        ("a.c", b"// coding: cp1251\n\xe9", "// coding: cp1251\né"),
        ("a.py", b"x = '\xed\xa0\x80'", "x = 'í\xa0\x80'"),
        ("empty.py", b"", ""),
    ],
)
def test_every_charset_becomes_text(tree, name, data, text):
    assert text_of(tree({name: data}), name) == text


@given(st.binary(max_size=300), st.sampled_from(["a.py", "a.txt"]))
def test_any_bytes_become_storable_text_or_a_reason(tmp_path_factory, data, name):
    root = tmp_path_factory.mktemp("bytes")
    (root / name).write_bytes(data)
    result = read(root, name, OPTIONS)
    if isinstance(result, Source):
        assert result.text.encode("utf-8").decode("utf-8") == result.text
    else:
        assert result.reason in walking.REASONS


def test_what_is_no_source_is_skipped_with_its_reason(tree):
    root = tree({
        "nul.txt": b"a\0b", "noise.txt": bytes(range(128, 256)) * 2 + bytes(range(1, 32)), "long.js": "x" * 30_000,
        "big.txt": "x\n" * 500_001, "gone": "", "a.go": "// Code generated by protoc. DO NOT EDIT.\npackage a\n",
        "b.js": "/**\n * @generated\n */\n", "c.py": "x = '@generated'\n", "d.py": "\n" * 6 + "# DO NOT EDIT\n",
        "lines.txt": "word\r" * 10_000,
        "bundle.go": "// Code generated by golang.org/x/tools/cmd/bundle. DO NOT EDIT.\npackage a\n",
    })  # fmt: skip
    (root / "gone").unlink()
    assert reason_of(root, "nul.txt") == walking.BINARY
    assert reason_of(root, "noise.txt") == walking.BINARY
    assert reason_of(root, "long.js") == walking.MINIFIED
    assert reason_of(root, "big.txt") == walking.TOO_LARGE
    assert reason_of(root, "gone") == walking.VANISHED
    assert reason_of(root, "gone/deeper") == walking.VANISHED
    assert reason_of(root, "a.go") == walking.GENERATED
    assert reason_of(root, "b.js") == walking.GENERATED
    for path in ["c.py", "d.py", "lines.txt", "bundle.go"]:
        assert text_of(root, path) == (root / path).read_bytes().decode()


def test_a_file_as_large_as_allowed_is_read(tree):
    root = tree({"a.txt": "x" * 100})
    assert isinstance(read(root, "a.txt", replace(OPTIONS, max_file_bytes=100)), Source)
    assert reason_of(root, "a.txt", replace(OPTIONS, max_file_bytes=99)) == walking.TOO_LARGE


# --- what changed -----------------------------------------------------------------------------------------------


def changes(root: Path, before: walking.Walk) -> walking.Changes:
    return changed_since(root, {f.path: (f.size, f.changed_ns) for f in before.files}, before.folders)


def test_nothing_changed_is_seen_without_reading(tree):
    root = tree({"a.py": "x", "b/c.py": "y", "b/.gitignore": "z\n"})
    assert changes(root, walk(root, OPTIONS)) == walking.Changes([], [], [], [])


def test_modified_gone_and_new_files_are_seen(tree):
    root = tree({"a.py": "x", "b/c.py": "y", "b/d.py": "z", "e/f.py": "", "g.py": "", "h/i.py": ""})
    before = walk(root, OPTIONS)
    (root / "a.py").write_text("longer")
    (root / "b/c.py").unlink()
    tree({"e/new.py": ""})
    os.utime(root / "g.py", ns=(1, 1))
    shutil.rmtree(root / "h")
    assert changes(root, before) == walking.Changes(["a.py", "g.py"], ["b/c.py", "h/i.py"], ["", "b", "e", "h"], [])


def test_a_file_that_became_a_folder_is_seen(tree):
    root = tree({"a": "x"})
    before = walk(root, OPTIONS)
    (root / "a").unlink()
    (root / "a").mkdir()
    assert changes(root, before).maybe_modified == ["a"]


@pytest.mark.parametrize(
    ("ignore", "folder"),
    [("a/.gitignore", "a"), (".tristoreignore", ""), (".git/info/exclude", ""), ("a/.git/info/exclude", "a")],
)
def test_an_ignore_file_that_changed_means_its_folder_changed(tree, ignore, folder):
    root = tree({"a/b.py": "", ignore: "x\n"})
    before = walk(root, OPTIONS)
    os.utime(root / ignore, ns=(1, 1))
    assert changes(root, before).folders_changed == [folder]


def test_a_root_that_vanished_is_an_error_not_an_empty_tree(tree):
    root = tree({"a.py": ""})
    before = walk(root, OPTIONS)
    shutil.rmtree(root)
    with pytest.raises(ConfigError):
        changes(root, before)
