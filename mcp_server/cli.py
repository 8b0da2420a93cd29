"""What can a person do at the command line? Everything the tools can, with the same engine, and index, serve, check."""

import argparse
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from mcp_server import __version__
from mcp_server.config import Settings, load, process_environment
from mcp_server.errors import BadQuery, ConfigError, RequestError
from stores.errors import StoreError

if TYPE_CHECKING:
    from mcp_server.app import Answer, App, Progress
    from mcp_server.indexing.settle import Become
    from mcp_server.roots import Roots

OK, REQUEST_ERROR, USAGE_ERROR, INDEX_ERROR, INTERRUPTED = 0, 1, 2, 3, 130

EPILOG = "exit codes: 0 answered, 1 the request cannot be answered, 2 usage, 3 the index, 130 interrupted"

# A person at a terminal waits for a fresh and whole answer, however many files have changed.
_DAY_S = 86_400.0
REFRESH_EVERYTHING = {"inline_files": 1_000_000_000, "inline_wait_s": _DAY_S, "model_wait_s": _DAY_S}


def main(argv: Sequence[str] | None = None, become: "Become | None" = None) -> int:
    """Run one command and return its exit code; answers go to stdout, everything else to stderr.

    With ``become`` the process may end as another program: after indexing, as the one that brings LanceDB up to date.
    """
    arguments = read_arguments(argv)
    arguments.become = become
    if isinstance(sys.stdout, TextIOWrapper):
        # File names need not be text in the terminal's encoding, nor in any.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    try:
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except ConfigError as error:
        return _failed(arguments, error, error.hint, USAGE_ERROR)
    except RequestError as error:
        return _failed(arguments, error, error.hint, REQUEST_ERROR)
    except StoreError as error:
        return _failed(arguments, error, error.hint, INDEX_ERROR)
    except OSError as error:
        return _failed(arguments, error, "check the disk and its permissions", INDEX_ERROR)
    except Exception as error:  # noqa: BLE001 (a person is told in one line; --debug shows the rest)
        told = RuntimeError(f"internal error: {type(error).__name__}: {error}")
        told.__cause__ = error
        return _failed(arguments, told, "run it again with --debug and report what it prints", INDEX_ERROR)
    return OK


def _failed(arguments: argparse.Namespace, error: Exception, hint: str, code: int) -> int:
    if arguments.debug:
        traceback.print_exception(error)
    message = " ".join(str(error).split()).rstrip(".")
    sys.stderr.write(f"tristore: {message}" + (f". {hint[0].upper()}{hint[1:]}." if hint else ".") + "\n")
    return code


# --- commands ---------------------------------------------------------------------------------------------


def _index(arguments: argparse.Namespace) -> None:
    from mcp_server.indexing.settle import take_place  # noqa: PLC0415 (the engine, as in _app)

    become: Become | None = arguments.become
    if become is not None:
        # In a process that makes an index and ends. Facts and values are trees: of 20 million objects of a run, 35,000
        # were left in cycles, and looking for them took 6.8 of 37.7 s (Django 5.2).
        gc.disable()
    chosen = {"rebuild": arguments.rebuild, "repair": arguments.repair, "settle": become is None}
    with _app(arguments) as app:
        settings = app.settings
        if arguments.progress_json:
            report = app.index(_json_progress, **chosen)
            _write(json.dumps({"report": report}))
        else:
            with _progress_bar(quiet=arguments.quiet) as progress:
                report = app.index(progress, **chosen)
        lags = app.lags()
    if arguments.json:
        _write(_json(report))
    elif not arguments.quiet and not arguments.progress_json:
        _write(_report_text(report))
    if become is not None and lags:
        sys.stdout.flush()
        take_place(settings, become)


def _search(arguments: argparse.Namespace) -> None:
    with _indexed_roots(arguments) as app:
        _print(
            arguments,
            app.search(
                " ".join(arguments.query),
                path=arguments.within,
                language=arguments.language,
                kind=arguments.kind,
                limit=arguments.limit,
                budget_tokens=arguments.budget,
                mode=arguments.mode,
                cursor=arguments.cursor,
                explain=arguments.explain,
                tests=arguments.tests,
                changed_since=arguments.changed_since,
                detail="concise" if arguments.concise else "detailed",
            ),
        )


def _context(arguments: argparse.Namespace) -> None:
    with _indexed_roots(arguments) as app:
        target = sys.stdin.read() if arguments.target == "-" else arguments.target
        answer = app.context(target, path=arguments.within, budget_tokens=arguments.budget, seen=arguments.seen)
        _print(arguments, answer)


def _calls(arguments: argparse.Namespace) -> None:
    with _indexed_roots(arguments) as app:
        answer = app.call_graph(
            arguments.symbol,
            to=arguments.to,
            path=arguments.within,
            direction="impact" if arguments.impact else arguments.direction,
            depth=arguments.depth,
            include_possible=arguments.possible,
            format="mermaid" if arguments.mermaid else "text",
            budget_tokens=arguments.budget,
        )
        _print(arguments, answer)


def _serve(arguments: argparse.Namespace) -> None:
    # Deferred: importing the MCP SDK takes half a second, and only this command needs it.
    from mcp_server import transport  # noqa: PLC0415
    from mcp_server.server import create_server  # noqa: PLC0415

    transport.log_to_stderr()
    settings = _settings(arguments, {"structured": arguments.structured or None})
    app = _opened_roots(settings)
    transport.run_stdio(create_server(app, settings[0]), app)


def _status(arguments: argparse.Namespace) -> None:
    with _app(arguments) as app:
        _print(arguments, app.status())


def _doctor(arguments: argparse.Namespace) -> None:
    with _app(arguments) as app:
        _print(arguments, app.doctor(repair=arguments.repair))


def _batch(arguments: argparse.Namespace) -> None:
    with _opened(arguments.queries) as lines, _indexed_app(arguments) as app:
        for row in app.batch(_json_rows(lines)):
            _write(json.dumps(row))
            # Whoever writes questions into the pipe may wait for each answer.
            sys.stdout.flush()


def _export(arguments: argparse.Namespace) -> None:
    with _indexed_app(arguments) as app:
        for line in app.export(arguments.what, arguments.format, arguments.only):
            _write(line)


# --- the engine -------------------------------------------------------------------------------------------


@contextmanager
def _app(arguments: argparse.Namespace, **overrides: Any) -> Iterator["App"]:
    from mcp_server.app import App  # noqa: PLC0415 (the engine: --help and --version must not wait for it)

    settings = _settings(arguments, overrides)
    if len(settings) > 1:
        raise ConfigError("this command takes one root; give --path once")
    with closing(App(settings[0])) as app:
        yield app


@contextmanager
def _indexed_app(arguments: argparse.Namespace) -> Iterator["App"]:
    """Open the engine; where nothing is indexed yet, index first: a person waits for an answer, not for a promise."""
    with _app(arguments, **REFRESH_EVERYTHING) as app:
        _complete(app)
        yield app


@contextmanager
def _indexed_roots(arguments: argparse.Namespace) -> Iterator["App | Roots"]:
    """Open the engine for every root that was named; what is not indexed yet is indexed first."""
    with closing(_opened_roots(_settings(arguments, REFRESH_EVERYTHING))) as app:
        _complete(app)
        yield app


def _complete(app: "App | Roots") -> None:
    if not app.is_indexed():
        with _progress_bar(quiet=False) as progress:
            app.index(progress)


def _opened_roots(settings: list[Settings]) -> "App | Roots":
    from mcp_server.app import App  # noqa: PLC0415 (see above)
    from mcp_server.roots import Roots  # noqa: PLC0415

    return App(settings[0]) if len(settings) == 1 else Roots(settings)


def _settings(arguments: argparse.Namespace, overrides: Mapping[str, Any]) -> list[Settings]:
    """Return the settings of every root that was named, or of the one that is meant when none was."""
    return [load(root, process_environment(), overrides) for root in arguments.roots or [None]]


# --- input and output -------------------------------------------------------------------------------------


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2)


def _print(arguments: argparse.Namespace, answer: "Answer") -> None:
    _write(_json(answer.data) if arguments.json else answer.text.rstrip("\n"))


def _report_text(report: dict[str, Any]) -> str:
    """Return the run report in a few lines for a person; ``--json`` has all of it."""
    counts, skipped = report["counts"], report["skipped"]
    changes = ", ".join(f"{report[name]:,} {name}" for name in ("added", "changed", "removed", "unchanged"))
    resolved = counts["calls"] - counts["unresolved"]
    lines = [
        f"{report['files']:,} files ({changes}) in {report['seconds']:.1f} s, "
        f"peak memory {max(report['peak_mb'], report['worker_peak_mb']):,.0f} MB",
        f"{counts['symbols']:,} symbols, {counts['chunks']:,} chunks, {counts['calls']:,} calls: "
        f"{resolved:,} resolved, {counts['unresolved']:,} unresolved",
    ]
    if skipped:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in skipped.items())
        lines.append(f"skipped: {reasons}")
    if report["reused_files"] or report["reused_vectors"]:
        reused = f"{report['reused_files']:,} files were not parsed and {report['reused_vectors']:,} texts not embedded"
        lines.append(f"{reused}, as they were seen before")
    if report["seen_problem"]:
        lines.append(f"what was seen before could not all be used: {report['seen_problem']}")
    if report["problems"]:
        lines.append(f"{report['problems']:,} problems; `tristore status` names some")
    return "\n".join(lines)


def _json_progress(progress: "Progress") -> None:
    step = {"stage": progress.stage, "done": progress.done, "total": progress.total}
    _write(json.dumps({"progress": step}))
    sys.stdout.flush()


@contextmanager
def _progress_bar(*, quiet: bool) -> Iterator[Callable[["Progress"], None] | None]:
    """Draw one bar per stage on stderr, when a person is there to see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 (only a terminal needs it)

    bars: dict[str, tqdm[NoReturn]] = {}

    def show(progress: "Progress") -> None:
        bar = bars.get(progress.stage)
        if bar is None:
            for finished in bars.values():
                finished.close()
            name, total = progress.stage, progress.total
            bar = bars[name] = tqdm(desc=name, total=total, file=sys.stderr, leave=False, unit=" files")
        bar.update(progress.done - bar.n)

    try:
        yield show
    finally:
        for bar in bars.values():
            bar.close()


@contextmanager
def _opened(name: str) -> Iterator[IO[str]]:
    if name == "-":
        yield sys.stdin
        return
    try:
        file = Path(name).open(encoding="utf-8")  # noqa: SIM115 (closed below, after the errors of opening are told)
    except OSError as error:
        raise BadQuery(f"{name} cannot be read ({error.strerror})", "name a JSON Lines file, or - for stdin") from None
    with file:
        yield file


def _json_rows(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise BadQuery(f"line {number} is not a JSON object", 'write one object a line, e.g. {"query": "parse"}')
        yield row


# --- arguments --------------------------------------------------------------------------------------------


def read_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read a command line; wrong usage ends the program with exit code 2."""
    return _parser().parse_args(argv)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tristore", description="The right code within a token budget, for agents and people.", epilog=EPILOG
    )
    parser.add_argument("--version", action="version", version=f"tristore {__version__}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--path",
        dest="roots",
        action="append",
        type=Path,
        metavar="ROOT",
        help="repository (default: CLAUDE_PROJECT_DIR, else here); serve, search, context and calls take several",
    )
    common.add_argument("--json", action="store_true", help="answer as JSON")
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], None], summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, parents=[common], help=summary, description=summary, epilog=EPILOG)
        command.set_defaults(run=run)
        return command

    _index_arguments(add("index", _index, "Bring the index up to date."))
    _search_arguments(add("search", _search, "Search by name, words, meaning, text or pattern."))
    context = add("context", _context, "Show what is needed to understand one place.")
    context.add_argument(
        "target", metavar="TARGET", help="symbol, path, path:line, citation, task in words; - reads a diff or trace"
    )
    context.add_argument(
        "--seen", action="append", default=[], metavar="CITATION", help="path:start-end[@hash] to omit"
    )
    calls = add("calls", _calls, "Show who calls a symbol, what it calls, its impact; what a file depends on.")
    _calls_arguments(calls)
    for command in (context, calls):
        _answer_arguments(command)
    serve = add("serve", _serve, "Serve the tools to an MCP host on stdin and stdout.")
    serve.add_argument(
        "--structured", action="store_true", help="add structured results; most hosts then hide the text"
    )
    add("status", _status, "Show what is indexed and how fresh it is.")
    doctor = add("doctor", _doctor, "Show settings and versions, and check that the stores agree.")
    doctor.add_argument("--repair", action="store_true", help="make again what does not agree")
    batch = add("batch", _batch, "Answer many questions: JSON Lines in, JSON Lines out.")
    batch.add_argument("queries", metavar="QUERIES.jsonl", help="one request a line; - reads stdin")
    export = add("export", _export, "Write calls or other relations for programs: JSON Lines, GraphML, DOT.")
    export.add_argument("what", choices=("calls", "relations"))
    export.add_argument("--format", choices=("jsonl", "graphml", "dot"), default="jsonl")
    export.add_argument("--only", action="append", default=[], metavar="RELATION", help="imports, inherits, tests, ...")
    return parser


def _index_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rebuild", action="store_true", help="start from nothing")
    command.add_argument("--repair", action="store_true", help="compare the stores first, and make again what differs")
    command.add_argument("--quiet", action="store_true", help="no bar, no report")
    command.add_argument("--progress-json", action="store_true", help="progress and report as JSON Lines, for programs")


def _search_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "query",
        nargs="+",
        metavar="QUERY",
        help='identifier, question, path, "exact text"; a pattern with --mode regex',
    )
    command.add_argument("--mode", choices=("auto", "keyword", "semantic", "exact", "regex"), default="auto")
    command.add_argument("--language", metavar="NAME", help="only this language")
    command.add_argument("--kind", metavar="NAME", help="only this kind: function, method, class, ...")
    command.add_argument(
        "--tests", choices=("with", "without", "only"), default="with", help="leave tests out, or all else"
    )
    command.add_argument("--changed-since", metavar="REVISION", help="only files that git has otherwise there")
    command.add_argument("--concise", action="store_true", help="a line a result, under its file")
    command.add_argument("--limit", type=int, metavar="N", help="how many results")
    command.add_argument("--cursor", help="from the last line of an answer: the next results")
    command.add_argument("--explain", action="store_true", help="say why each result is where it is")
    _answer_arguments(command)


def _calls_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("symbol", metavar="SYMBOL", help="name, Class.method, path:line, path:name, file or folder")
    command.add_argument("--to", metavar="SYMBOL", help="the shortest path of calls, or of imports, to this one")
    shape = command.add_mutually_exclusive_group()
    shape.add_argument("--direction", choices=("callers", "callees", "both", "impact"), default="both")
    shape.add_argument("--impact", action="store_true", help="all that reaches it, with the tests; --direction impact")
    command.add_argument("--depth", type=int, metavar="N", help="calls to follow, 1-5 (default 1, impact 3)")
    command.add_argument("--possible", action="store_true", help="follow possible edges, too; they are marked")
    command.add_argument("--mermaid", action="store_true", help="a Mermaid flowchart instead of text")


def _answer_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--in", dest="within", metavar="GLOB", help="only under this folder or glob")
    command.add_argument("--budget", type=int, metavar="TOKENS", help="size of the answer")
