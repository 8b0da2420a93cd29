"""Which languages do we read without parsing them?

Each is searchable as text under its own name. A language leaves this list when it gets a grammar.
"""

from collections.abc import Callable
from functools import partial

from mcp_server.languages.language import Language
from mcp_server.languages.text import source_facts, text_facts
from stores.facts import FileFacts

# name: (suffixes, file names, interpreters)
_SOURCE: dict[str, tuple[str, str, str]] = {
    "fish": (".fish", "", "fish"),
    "powershell": (".ps1 .psm1 .psd1", "", "pwsh"),
    "batch": (".bat .cmd", "", ""),
    "perl": (".pl .pm", "", "perl"),
    "r": (".r", "", "rscript"),
    "julia": (".jl", "", "julia"),
    "dart": (".dart", "", ""),
    "elixir": (".ex .exs", "", "elixir"),
    "erlang": (".erl .hrl", "", "escript"),
    "haskell": (".hs", "", "runhaskell"),
    "ocaml": (".ml .mli", "", "ocaml"),
    "fsharp": (".fs .fsi .fsx", "", ""),
    "clojure": (".clj .cljs .cljc .edn", "", ""),
    "lisp": (".lisp .lsp .cl .el .scm .rkt", "", ""),
    "zig": (".zig", "", ""),
    "nim": (".nim", "", ""),
    "d": (".d", "", ""),
    "objective-c": (".m .mm", "", ""),
    "groovy": (".groovy .gradle", "jenkinsfile", "groovy"),
    "solidity": (".sol", "", ""),
    "fortran": (".f .f90 .f95 .f03 .for", "", ""),
    "pascal": (".pas .dpr", "", ""),
    "assembly": (".s .asm", "", ""),
    "verilog": (".v .sv .svh", "", ""),
    "vhdl": (".vhd .vhdl", "", ""),
    "tcl": (".tcl", "", "tclsh"),
    "awk": (".awk", "", "awk gawk"),
    "vue": (".vue", "", ""),
    "svelte": (".svelte", "", ""),
    "astro": (".astro", "", ""),
    "cython": (".pyx .pxd .pxi", "", ""),
    "sql": (".sql .ddl", "", ""),
    "protobuf": (".proto", "", ""),
    "graphql": (".graphql .gql", "", ""),
    "thrift": (".thrift", "", ""),
    "terraform": (".tf .tfvars .hcl", "", ""),
    "nix": (".nix", "", ""),
    "bazel": (".bzl .bazel .star", "build workspace tiltfile", ""),
    "cmake": (".cmake", "cmakelists.txt", ""),
    "make": (".mk .mak", "makefile gnumakefile justfile", "make"),
    "dockerfile": (".dockerfile", "dockerfile containerfile", ""),
}

_DATA: dict[str, tuple[str, str]] = {
    "toml": (".toml", "cargo.lock poetry.lock pipfile uv.lock"),
    "yaml": (".yaml .yml", ".clang-format .clang-tidy"),
    "json": (".json .jsonc .json5 .ipynb .geojson .webmanifest", ".babelrc .eslintrc .prettierrc composer.lock"),
    "jsonl": (".jsonl .ndjson", ""),
    "ini": (".ini .cfg .conf .cnf .properties .editorconfig", ".editorconfig .gitconfig .flake8 .pylintrc"),
    "env": (".env.example .env.sample .env.template", ".env.example .env.sample .env.template env.example"),
    "xml": (".xml .xsd .xsl .xslt .svg .plist .csproj .fsproj .vbproj .props .targets .resx", ""),
    "html": (".html .htm .xhtml .j2 .jinja .jinja2 .hbs .ejs .mustache .twig .erb", ""),
    "css": (".css .scss .sass .less .styl", ""),
    "csv": (".csv .tsv", ""),
    "diff": (".diff .patch", ""),
    "ignore": (
        ".gitignore .dockerignore .npmignore",
        ".gitignore .dockerignore .npmignore .gitattributes .prettierignore .eslintignore .helmignore .ignore",
    ),
    "requirements": ("", "requirements.txt constraints.txt requirements-dev.txt dev-requirements.txt"),
    "gomod": (".mod .sum", "go.mod go.sum go.work"),
    "codeowners": ("", "codeowners"),
    "procfile": ("", "procfile"),
}

_PROSE: dict[str, tuple[str, str]] = {
    "text": (
        ".txt .text .adoc .asciidoc .org .tex .rtf .pod .man .log .po .pot .in .template .tmpl .tpl",
        "license licence copying notice authors contributors maintainers changelog changes news readme todo "
        "install copyright patents version thanks history unlicense",
    ),
}


def _facts(make: Callable[[str, str], FileFacts], name: str, _path: str, text: str) -> FileFacts:
    return make(name, text)


SOURCE_LANGUAGES = tuple(
    Language(
        name,
        partial(_facts, source_facts, name),
        kind="source",
        suffixes=tuple(suffixes.split()),
        file_names=tuple(names.split()),
        interpreters=tuple(interpreters.split()),
    )
    for name, (suffixes, names, interpreters) in _SOURCE.items()
)

TEXT_LANGUAGES = tuple(
    Language(
        name,
        partial(_facts, text_facts, name),
        kind=kind,
        suffixes=tuple(suffixes.split()),
        file_names=tuple(names.split()),
    )
    for kind, table in (("data", _DATA), ("prose", _PROSE))
    for name, (suffixes, names) in table.items()
)
