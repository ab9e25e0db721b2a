"""`edge config`, as typed; and faults of a configuration as every command tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.cli.settings import CheckReport
from edge.config import Config, load
from tests.e2e.commands import edge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "terminal.toml"


def test_what_show_prints_is_a_file_that_holds_the_same(config: Path, typed: Typed, tmp_path: Path) -> None:
    config.write_text('board = "fake"\n[door]\npulse_s = 7.5\n[detection]\nzone = [0.1, 0.2, 0.9, 1.0]\n')
    shown = typed("config", "show", "--config", config)
    again = tmp_path / "again.toml"
    again.write_text(shown.out)
    assert (shown.code, shown.err) == (0, "")
    assert load(again) == load(config)
    assert load(again).door.pulse_s == 7.5
    assert typed("config", "check", again).out == f"{again}: no faults\n"
    as_json = typed("config", "show", "--config", again, "--json").out
    assert msgspec.json.decode(as_json, type=Config) == load(config)


def test_the_defaults_are_a_file_to_start_from(config: Path, typed: Typed) -> None:
    config.write_text(typed("config", "show", "--defaults").out)
    assert load(config) == Config()
    assert typed("config", "check", config).code == 0


def test_every_fault_is_said_at_once_with_its_line(config: Path) -> None:
    config.write_text("borad = 1\n[door]\npulse_s = 'long'\n[decision]\nwindow_s = -1.0\nvotes = 2\n")
    done = edge("config", "check", config)
    assert (done.code, done.out) == (2, "")
    first, *faults = done.err.splitlines()
    assert first == f"edge: {config}: 3 fault(s):"
    for line, words in ((1, "borad: unknown key"), (3, "door.pulse_s: "), (5, "decision.window_s: ")):
        assert sum(fault.strip().startswith(f"{config}:{line}: {words}") for fault in faults) == 1


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", []),
        ("borad = 1\n[door]\npulse_s = 'long'\n", ["1: borad: unknown key", "3: door.pulse_s: Expected"]),
        ('board = "px"', [" unknown board 'px'"]),
        ("[camera\n", [" not valid TOML"]),
    ],
)
def test_a_machine_is_told_the_same_faults(text: str, faults: list[str], config: Path, typed: Typed) -> None:
    config.write_text(text)
    done = typed("config", "check", config, "--json")
    report = msgspec.json.decode(done.out, type=CheckReport)
    assert (done.code, done.err, report.file) == (2 if faults else 0, "", str(config))
    assert len(report.faults) == len(faults)
    for found, fault in zip(report.faults, faults, strict=True):
        assert found.startswith(f"{config}:{fault}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1", "unknown key"),
        ("[camera]\nfps = 'fast'", "camera.fps"),
        ("[decision]\nwindow_s = -1.0", "decision.window_s"),
        ("[camera\n", "not valid TOML"),
        ('board = "px"', "unknown board 'px'"),
    ],
)
@pytest.mark.parametrize("command", [("config", "check"), ("run", "--config"), ("doctor", "--config")])
def test_no_command_goes_on_with_a_faulty_configuration(
    command: tuple[str, ...], text: str, words: str, config: Path, typed: Typed
) -> None:
    config.write_text(text)
    done = typed(*command, config)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.splitlines()) <= 2
    if words != "unknown board 'px'" or command[0] == "config":
        assert str(config) in done.err


def test_a_configuration_that_is_not_there_is_never_replaced_by_the_defaults(config: Path, typed: Typed) -> None:
    for command in (("config", "check"), ("run", "--config"), ("people", "list", "--config")):
        done = typed(*command, config)
        assert done.code == 2
        assert str(config) in done.fault


def test_without_options_everything_is_where_xdg_says(
    typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        home = tmp_path / kind.lower()
        home.mkdir(mode=0o700)
        monkeypatch.setenv(f"XDG_{kind}_{'DIR' if kind == 'RUNTIME' else 'HOME'}", str(home))
    assert "the defaults hold" in typed("config", "check").out
    nothing = msgspec.json.decode(typed("config", "check", "--json").out, type=CheckReport)
    assert nothing == CheckReport(None, ())
    nobody = typed("people", "list")
    assert nobody.code == 5
    assert str(tmp_path / "data" / "door-terminal" / "people.sqlite3") in nobody.fault
    mine = tmp_path / "config" / "door-terminal" / "terminal.toml"
    mine.parent.mkdir()
    mine.write_text("[door]\npulse_s = 9.0\n")
    assert "pulse_s = 9.0" in typed("config", "show").out
    mine.write_text("[door]\npulse = 9.0\n")
    for command in (("config", "check"), ("config", "show"), ("people", "list"), ("door",)):
        done = typed(*command)
        assert done.code == 2
        assert f"{mine}:2: door.pulse: unknown key" in done.err
