"""Which setting wins, and what does a wrong one say?"""

import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from mcp_server import config
from mcp_server.config import ENVIRONMENT, Settings, load
from mcp_server.errors import ConfigError

# A value other than the default for every variable, as the environment would hold it.
VALUES = {
    "TRISTORE_HOME": "/elsewhere",
    "TRISTORE_MODEL": "some/model",
    "TRISTORE_MAX_FILES": "54321",
    "TRISTORE_MAX_FILE_BYTES": "12345",
    "TRISTORE_WORKERS": "77",
    "TRISTORE_SEEN": "False",
    "TRISTORE_SEEN_MB": "88",
    "TRISTORE_BUDGET_TOKENS": "999",
    "TRISTORE_LIMIT": "3",
    "TRISTORE_IDLE_AFTER_S": "20",
}

# Another one for those that are neither numbers nor text.
OTHERS = {"TRISTORE_SEEN": "True"}


def value_of(settings: Settings, variable: str) -> object:
    part, name = ENVIRONMENT[variable]
    return getattr(getattr(settings, part) if part else settings, name)


def test_without_environment_every_value_is_the_default(tmp_path):
    settings = load(tmp_path, {})
    assert settings.root == tmp_path.resolve()
    assert settings.home.is_absolute()
    assert settings.sources == {"root": "command line"}
    assert settings.model == config.BUILT_IN_MODEL
    assert (settings.index, settings.retrieval, settings.server) == (
        config.IndexOptions(),
        config.RetrievalOptions(),
        config.ServerOptions(),
    )


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_every_environment_variable_sets_its_field_and_is_named_as_its_source(tmp_path, variable):
    default = value_of(load(tmp_path, {}), variable)
    settings = load(tmp_path, {variable: VALUES[variable]})
    assert str(value_of(settings, variable)) == VALUES[variable] != str(default)
    assert settings.sources[ENVIRONMENT[variable][1]] == variable
    assert value_of(load(tmp_path, {variable: ""}), variable) == default


@pytest.mark.parametrize("variable", ENVIRONMENT)
def test_the_command_line_beats_the_environment(tmp_path, variable):
    name = ENVIRONMENT[variable][1]
    given = OTHERS.get(variable, "8" if VALUES[variable].isdecimal() else "/command/line")
    settings = load(tmp_path, {variable: VALUES[variable]}, {name: given})
    assert str(value_of(settings, variable)) == given
    assert settings.sources[name] == "command line"
    unset = load(tmp_path, {variable: VALUES[variable]}, {name: None})
    assert str(value_of(unset, variable)) == VALUES[variable]


def test_the_root_is_the_argument_then_the_host_s_project_then_the_working_directory(tmp_path, monkeypatch):
    for name in ("given", "project", "here"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    environ = {"CLAUDE_PROJECT_DIR": str(tmp_path / "project")}
    assert load(tmp_path / "given", environ).root.name == "given"
    assert load(None, environ).root.name == "project"
    assert load(None, {}).root.name == "here"
    assert load(None, {}).sources["root"] != "command line"


def test_one_folder_has_one_index_whatever_it_is_called(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "link").symlink_to("code")
    environ = {"TRISTORE_HOME": str(tmp_path)}
    folder = load(tmp_path / "code", environ).index_folder
    assert folder.parent == tmp_path
    assert folder.name.startswith("code-")
    assert load(tmp_path / "link", environ).index_folder == folder
    assert load(tmp_path / "code" / ".." / "code", environ).index_folder == folder


def test_roots_of_the_same_name_have_different_folders_of_harmless_names(tmp_path):
    names = ["a/x y", "b/x y", os.fsdecode(b"caf\xe9"), "n" * 200, "new\nline"]
    for name in names:
        (tmp_path / name).mkdir(parents=True)
    folders = [load(tmp_path / name, {}).index_folder.name for name in names]
    assert len(set(folders)) == len(names)
    assert all(name.isascii() and name.replace("_", "a").replace("-", "a").isalnum() for name in folders)
    assert max(map(len, folders)) < 64


def test_a_home_with_a_tilde_or_a_relative_one_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load(tmp_path, {"TRISTORE_HOME": "~/x"}).home == Path("~/x").expanduser()
    assert load(tmp_path, {"TRISTORE_HOME": "x"}).home == Path.cwd() / "x"


@pytest.mark.parametrize(
    ("variable", "value"),
    [(name, value) for name in ENVIRONMENT if VALUES[name].isdecimal() for value in ("0", "-1", "many", "1.5", " ")],
)
def test_a_wrong_number_names_its_variable_and_what_is_allowed(tmp_path, variable, value):
    with pytest.raises(ConfigError, match=f"{variable}=.*positive int"):
        load(tmp_path, {variable: value})


@pytest.mark.parametrize("variable", [name for name in ENVIRONMENT if VALUES[name].isdecimal()])
def test_an_absurd_number_is_refused_with_the_range(tmp_path, variable):
    with pytest.raises(ConfigError, match=rf"{variable}='9{{12}}' is out of range: \w+ is from 1 to [\d,]+"):
        load(tmp_path, {variable: "9" * 12})


def test_every_limit_of_the_index_has_a_range_that_holds_its_default():
    for each in fields(config.IndexOptions):
        value = getattr(config.IndexOptions(), each.name)
        if not isinstance(value, bool):
            assert each.metadata["low"] <= value <= each.metadata["high"], each.name


def test_a_wrong_option_is_named_as_an_option(tmp_path):
    with pytest.raises(ConfigError, match="option workers='x'"):
        load(tmp_path, {}, {"workers": "x"})


@pytest.mark.parametrize(
    ("given", "expected"), [(True, True), ("yes", True), ("1", True), ("off", False), (False, False)]
)
def test_a_switch_takes_a_boolean_or_a_word(tmp_path, given, expected):
    assert load(tmp_path, {}, {"structured": given}).server.structured is expected


@pytest.mark.parametrize("given", ["maybe", "", "2"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(tmp_path, given):
    with pytest.raises(ConfigError, match=r"option structured=.*yes or no"):
        load(tmp_path, {}, {"structured": given})


def test_a_root_that_is_no_readable_folder_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"does not exist.*--path"):
        load(tmp_path / "absent", {})
    with pytest.raises(ConfigError, match=r"not a folder.*--path"):
        load(tmp_path / "file", {})
    (tmp_path / "closed").mkdir(mode=0)
    if not os.access(tmp_path / "closed", os.R_OK):
        with pytest.raises(ConfigError, match="permissions"):
            load(tmp_path / "closed", {})


def test_settings_are_frozen_and_every_variable_has_a_field():
    assert Settings.__dataclass_params__.frozen
    for part, name in ENVIRONMENT.values():
        owner = next(f.default_factory for f in fields(Settings) if f.name == part) if part else Settings
        assert name in {f.name for f in fields(owner)}
    assert set(ENVIRONMENT) == set(VALUES)


def test_a_child_process_gets_the_same_settings(tmp_path):
    settings = load(tmp_path, VALUES)
    assert load(tmp_path, config.child_environment(settings)) == settings


@pytest.mark.parametrize(("set_by_user", "used"), [(None, "1"), ("4", "4")])
def test_a_command_multiplies_in_one_thread_unless_the_user_says_otherwise(set_by_user, used):
    look = "import os, sys; sys.argv = ['tristore', 'doctor', '--path', '.']\n"
    look += "from mcp_server import __main__, cli\n"
    look += "cli.main = lambda **_: print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)\n"
    look += "__main__.main()"
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    if set_by_user is not None:
        environment["OPENBLAS_NUM_THREADS"] = set_by_user
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == [used, "False"]
