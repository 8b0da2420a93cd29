"""What does a person get at the command line: answers on stdout, one clear line on stderr, the right exit code?"""

import io
import json
import os
import signal
import subprocess
import sys

import pytest

from mcp_server import __version__, cli
from mcp_server.app import App
from stores.errors import IndexCorrupt

GREETING = '''"""Greetings."""


def greet(name):
    """Say hello loudly."""
    return shout(f"hello {name}")


def shout(text):
    return text.upper()
'''


@pytest.fixture
def root(tree):
    main = "from greeting import greet\n\n\ndef main():\n    print(greet('world'))\n"
    return tree({"greeting.py": GREETING, "main.py": main})


@pytest.fixture
def run(root, capsys):
    """Run a command in this process; return its exit code, stdout and stderr."""

    def run(*words):
        code = cli.main([words[0], "--path", str(root), *words[1:]])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_version(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"tristore {__version__}\n"


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["search", "--help"]])
def test_help_and_version_import_nothing_slow(words):
    look = "import sys; sys.argv[0] = 'x'; from mcp_server.cli import main\n"
    look += f"try: main({words!r})\nexcept SystemExit: pass\n"
    look += "slow = {'mcp', 'pydantic', 'lancedb', 'tantivy', 'numpy', 'sqlite3'}\n"
    look += "print(sorted(slow & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    assert done.stderr == "[]\n"
    assert "tristore" in done.stdout


def test_index_reports_what_it_did(run):
    code, out, err = run("index")
    assert (code, err) == (0, "")
    assert "files" in out
    assert "unresolved" in out
    assert run("index", "--quiet") == (0, "", "")
    assert isinstance(json.loads(run("index", "--json")[1]), dict)


def test_rebuild_starts_from_nothing(run):
    run("index")
    assert run("index", "--rebuild", "--quiet") == (0, "", "")
    assert "greeting.py" in run("search", "greet")[1]


def test_progress_for_programs_is_json_lines_and_then_the_report(run):
    code, out, _ = run("index", "--progress-json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert list(lines[-1]) == ["report"]
    for line in lines[:-1]:
        assert set(line["progress"]) == {"stage", "done", "total"}
        assert 0 <= line["progress"]["done"] <= line["progress"]["total"]


def test_without_an_index_a_question_indexes_first(run):
    code, out, err = run("search", "say", "hello")
    assert (code, err) == (0, "")
    assert "greeting.py" in out


def test_the_three_questions(run):
    run("index")
    assert "greeting.py" in run("search", "shout")[1]
    assert "text.upper()" in run("context", "shout")[1]
    code, out, _ = run("calls", "shout", "--direction", "callers", "--depth", "2")
    assert code == 0
    assert "greet" in out
    assert "main.py" in out


def test_search_takes_what_the_tool_takes(run):
    run("index")
    code, out, err = run(
        "search", "greet", "--in", "*.py", "--language", "python", "--kind", "function",
        "--limit", "1", "--budget", "500", "--mode", "keyword",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "greet" in out


@pytest.mark.parametrize(
    "words",
    [("search", "greet"), ("context", "greet"), ("calls", "greet"), ("status",), ("doctor",), ("index",)],
    ids=str,
)
def test_json_is_json(run, words):
    run("index", "--quiet")
    code, out, err = run(*words, "--json")
    assert (code, err) == (0, "")
    assert isinstance(json.loads(out), dict)


def test_an_edit_is_seen_at_once(run, root):
    run("index", "--quiet")
    (root / "farewell.py").write_text("def part_company():\n    return 1\n")
    assert "farewell.py" in run("context", "part_company")[1]


def test_nothing_found_is_an_answer(run):
    run("index", "--quiet")
    code, out, err = run("search", "--mode", "exact", "zzyzx_quux")
    assert (code, err) == (0, "")
    assert out


ERRORS = [
    (("context", "gret"), 1, "greet"),
    (("calls", "shoutt"), 1, "shout"),
    (("search", ""), 1, "empty"),
    (("search", "(", "--mode", "regex"), 1, "regular expression"),
    (("search", "a", "--limit", "0"), 1, "limit"),
    (("search", "a", "--budget", "1"), 1, "budget"),
    (("search", "a", "--cursor", "x"), 1, "cursor"),
    (("search", "a", "--language", "klingon"), 1, "klingon"),
    (("calls", "greet", "--depth", "9"), 1, "depth"),
    (("batch", "/does/not/exist.jsonl"), 1, "/does/not/exist.jsonl"),
]


@pytest.mark.parametrize(("words", "code", "said"), ERRORS, ids=[" ".join(words) for words, _, _ in ERRORS])
def test_an_error_is_one_line_and_an_exit_code(run, words, code, said):
    run("index", "--quiet")
    left, out, err = run(*words)
    assert left == code
    assert out == ""
    assert err.startswith("tristore: ")
    assert err.count("\n") == 1
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "words", [[], ["frobnicate"], ["search"], ["calls", "x", "--direction", "up"], ["search", "x", "--limit", "many"]]
)
def test_wrong_usage_is_exit_code_2(words, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_wrong_setting_is_exit_code_2(run, monkeypatch):
    monkeypatch.setenv("TRISTORE_LIMIT", "none")
    code, out, err = run("search", "greet")
    assert (code, out) == (2, "")
    assert "TRISTORE_LIMIT" in err


def test_a_root_that_does_not_exist_is_exit_code_2(tmp_path, capsys):
    assert cli.main(["status", "--path", str(tmp_path / "missing")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_trouble_with_the_index_is_exit_code_3(run, monkeypatch):
    def fail(*_, **__):
        raise IndexCorrupt("the stores disagree")

    monkeypatch.setattr(App, "status", fail)
    code, out, err = run("status")
    assert (code, out) == (3, "")
    assert err == f"tristore: the stores disagree. {IndexCorrupt.hint[0].upper()}{IndexCorrupt.hint[1:]}.\n"


def test_a_crash_is_one_line_unless_debugging(run, monkeypatch):
    def crash(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(App, "status", crash)
    code, out, err = run("status")
    assert (code, out) == (3, "")
    assert err.count("\n") == 1
    assert "ZeroDivisionError" in err
    assert "Traceback" in run("status", "--debug")[2]


def test_an_interrupt_is_exit_code_130(run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(App, "status", interrupt)
    assert run("status") == (130, "", "")


def test_batch_answers_line_by_line(run, monkeypatch, tmp_path):
    rows = [{"id": 1, "query": "shout"}, {"id": 2, "query": "say hello", "limit": 1}]
    queries = tmp_path / "queries.jsonl"
    queries.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    code, out, err = run("batch", str(queries))
    assert (code, err) == (0, "")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert all(answer["hits"][0]["path"] == "greeting.py" for answer in answers)
    monkeypatch.setattr(sys, "stdin", io.StringIO(queries.read_text()))
    assert len(run("batch", "-")[1].splitlines()) == 2


def test_batch_answers_questions_about_the_graph(run, monkeypatch):
    rows = [
        {"id": "a", "symbol": "shout", "direction": "callers"},
        {"id": "b", "symbol": "main", "to": "shout"},
        {"id": "c", "symbol": "shout", "direction": "impact", "format": "mermaid", "budget_tokens": 200},
        {"id": "d", "symbol": "shoot"},
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(map(json.dumps, rows))))
    code, out, err = run("batch", "-")
    assert (code, err) == (0, "")
    first, second, third, fourth = (json.loads(line) for line in out.splitlines())
    assert [edge["symbol"] for edge in first["callers"]["edges"]] == ["greeting.greet"]
    assert [s["symbol"] for s in second["paths"][0]["symbols"]] == ["main.main", "greeting.greet", "greeting.shout"]
    assert third["text"].startswith("flowchart LR\n")
    assert third["impact"]["symbols"] == 2
    assert "shout" in fourth["hint"]
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"symbol": "shout", "limit": 3}'))
    code, _, err = run("batch", "-")
    assert code == 1
    assert "unknown option 'limit'" in err


def test_calls_answers_every_question_about_the_graph(run):
    assert "shortest path from main to shout: 2 calls" in run("calls", "main", "--to", "shout")[1]
    assert run("calls", "shout", "--impact")[1] == run("calls", "shout", "--direction", "impact")[1]
    assert "impact of shout within 1 call:" in run("calls", "shout", "--impact", "--depth", "1")[1]
    assert run("calls", "shout", "--mermaid")[1].startswith("flowchart LR\n")
    assert "used by: 1 file" in run("calls", "greeting.py")[1]
    assert json.loads(run("calls", "greeting.py", "--json")[1])["dependencies"]["used_by"][0]["path"] == "main.py"
    assert "possible" not in run("calls", "main", "--possible")[1]


@pytest.mark.parametrize("line", ["not json", "[1]", '"text"'])
def test_batch_names_the_line_it_cannot_read(run, monkeypatch, line):
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"query": "greet"}) + "\n" + line + "\n"))
    code, _, err = run("batch", "-")
    assert code == 1
    assert "line 2" in err


def test_export_writes_other_relations_and_other_formats(run):
    code, out, err = run("export", "relations", "--only", "imports", "--only", "contains")
    assert (code, err) == (0, "")
    rows = [json.loads(line) for line in out.splitlines()]
    assert {row["relation"] for row in rows} == {"imports", "contains"}
    (row,) = [row for row in rows if row["relation"] == "imports"]
    assert (row["source"]["path"], row["target"]["path"], row["line"]) == ("main.py", "greeting.py", 1)
    assert "<graphml" in run("export", "calls", "--format", "graphml")[1]
    assert run("export", "relations", "--format", "dot")[1].startswith("digraph relations {")
    code, out, err = run("export", "relations", "--only", "love")
    assert (code, out) == (1, "")
    assert "imports" in err


def test_export_writes_every_call(run):
    code, out, err = run("export", "calls")
    assert (code, err) == (0, "")
    assert "greet" in out
    assert all(isinstance(json.loads(line), dict) for line in out.splitlines())


def test_the_working_directory_and_the_host_s_variable_are_roots(root, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(root)
    assert cli.main(["search", "shout"]) == 0
    assert "greeting.py" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(root))
    assert cli.main(["search", "shout"]) == 0
    assert "greeting.py" in capsys.readouterr().out


def test_a_reader_that_leaves_early_is_no_error(root):
    cli.main(["index", "--quiet", "--path", str(root)])
    command = f"{sys.executable} -m mcp_server export calls --path {root} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_text_that_the_terminal_cannot_show_is_escaped(root):
    (root / "ünïcode.py").write_text("def grüße():\n    return '→'\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "mcp_server", "search", "--path", str(root), "grüße"]
    done = subprocess.run(command, capture_output=True, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\xfc" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_leaves_no_traceback(root):
    command = [sys.executable, "-m", "mcp_server", "batch", "--path", str(root), "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A shell lets what it runs in the background ignore Ctrl-C, and all that this starts.
    heeding = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with subprocess.Popen(command, **pipes, **heeding) as running:
        running.stdin.write(b'{"query": "greet"}\n')
        running.stdin.flush()
        # Its first answer shows that it waits for the next question.
        assert json.loads(running.stdout.readline())["hits"]
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert b"Traceback" not in err


def test_status_says_what_was_left_out_and_why(run, root):
    (root / ".env").write_text("TOKEN=hush\n", encoding="utf-8")
    for number in range(9):
        (root / f"blob{number}.py").write_bytes(b"\0\0")
    run("index")
    _, text, _ = run("status")
    assert "  secret: 1\n" in text
    assert "  binary: 9\n" in text
    assert "… 5 more: --json lists all" in text
    listed = json.loads(run("status", "--json")[1])["left_out_paths"]
    assert listed == [".env: secret", *(f"blob{number}.py: binary" for number in range(9))]
    assert "TOKEN" not in run("search", "hush")[1]


def test_a_home_that_is_a_file_is_told_in_one_line(run, root, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    monkeypatch.setenv("TRISTORE_HOME", str(tmp_path / "taken"))
    for words in (("search", "greet"), ("status",), ("index",)):
        code, out, err = run(*words)
        assert code == 3
        assert out == ""
        assert len(err.splitlines()) == 1
