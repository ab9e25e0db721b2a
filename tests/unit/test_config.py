"""One TOML file becomes one value; every fault is named at once, with key and line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import (
    Config,
    DecisionSettings,
    DetectionSettings,
    ExitSettings,
    LivenessSettings,
    ModelSettings,
    QualityLimits,
    TrackSettings,
    dump,
    load,
    parse,
)
from edge.config.liveness import Stricter
from edge.errors import ConfigError
from hw.base import CameraSettings, LockSettings

if TYPE_CHECKING:
    from pathlib import Path


def faults(text: str) -> list[str]:
    """The lines of the complaint after its first, without their indent."""
    with pytest.raises(ConfigError) as caught:
        parse(text, "terminal.toml")
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_an_empty_file_is_the_defaults() -> None:
    assert parse("", "terminal.toml") == Config()


def test_what_is_set_is_set_and_the_rest_keeps_its_default() -> None:
    config = parse('board = "pi"\n[decision]\nvotes = 3\n[detection]\nzone = [0.1, 0, 1, 1]\n', "terminal.toml")
    assert config.board == "pi"
    assert config.decision == DecisionSettings(votes=3)
    assert config.detection.zone == (0.1, 0.0, 1.0, 1.0)
    assert config.door == Config().door


def test_every_fault_is_named_at_once_with_its_key_and_line() -> None:
    text = 'bord = "pi"\n\n[decision]\nwindow_s = -1\nvotes = "two"\n\n[lock]\n# the relay\nline = 17\n[camra]\n'
    found = faults(text)
    assert [line.split(" ")[0] for line in found] == [
        "terminal.toml:1:",
        "terminal.toml:4:",
        "terminal.toml:5:",
        "terminal.toml:9:",
        "terminal.toml:10:",
    ]
    assert [line.split(" ")[1] for line in found] == [
        "bord:",
        "decision.window_s:",
        "decision.votes:",
        "lock.line:",
        "camra:",
    ]


def test_an_unknown_key_is_told_what_is_known_there() -> None:
    (fault,) = faults("[door]\npulse = 5\n")
    known = (
        "automatic, extended_held_s, extended_pulse_s, held_alarm_s, max_frame_age_s, name, open_grace_s, prealarm_s, "
        "pulse_s, purpose, relock_on_close, tick_s"
    )
    assert fault == f"terminal.toml:2: door.pulse: unknown key; known here: {known}"


def test_the_same_key_in_another_table_is_not_mistaken_for_it() -> None:
    (fault,) = faults('[lock]\nline = "GPIO4"\n[exit_button]\nline = 4\n')
    assert fault.startswith("terminal.toml:4: exit_button.line:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("decision.votes = 0\n", 1),
        ("decision = {votes = 0}\n", 1),
        ('["decision"]\n"votes" = 0\n', 2),
        ("[ decision ]\n  votes=0\n", 2),
        ("\n[[decision]]\nvotes = 1\n", 2),
        ("# a\u2028b\u0085c\n[decision]\nvotes = 0\n", 3),
        ("\n[decision]\nwindow_frames = 1\n", 2),
    ],
)
def test_the_line_is_found_however_the_key_is_written(text: str, line: int) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"terminal.toml:{line}: decision")


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("[decision]\nwindow_s = -0.5", "decision.window_s"),
        ("[decision]\nfpir = 0.5", "decision.fpir"),
        ("[decision]\nvotes = 1.0", "decision.votes"),
        ("[decision]\nvotes = true", "decision.votes"),
        ("[decision]\naccept_extrapolation = 1", "decision.accept_extrapolation"),
        ('[liveness]\nmode = "none"', "liveness.mode"),
        ('[liveness]\nsuspect_below = "0.1"', "liveness.suspect_below"),
        ("[detection]\nzone = [0, 0, 1]", "detection.zone"),
        ("[detection]\nzone = [0, 0, 1, 1.5]", "detection.zone"),
        ("[detection]\nzone = [0.5, 0, 0.5, 1]", "detection.zone"),
        ("[detection]\nzone = [0, 0.9, 1, 0.1]", "detection.zone"),
        ("[decision]\nvotes = 5", "decision.votes"),
        ("[decision]\npatience_s = 0.5", "decision.patience_s"),
        ("[quality]\nmin_brightness = 230", "quality.min_brightness"),
        ("[liveness]\nmin_median = 0.005", "liveness.suspect_below"),
        ("[liveness]\nsurround_suspect = 0.05", "liveness.surround_deny"),
        ("[liveness]\nrelief_deny = 0.8", "liveness.relief_deny"),
        ("[liveness]\nrelief_deny = 0\nrelief_alive = 0", "liveness.relief_deny"),
        ("[liveness]\nrelief_deny = 0\nrelief_alive = 0.3", "liveness.relief_alive"),
        ("[liveness]\nask_after_s = 5.0", "liveness.ask_after_s"),
        ("[liveness]\npassive_frames = 16", "liveness.passive_frames"),
        ("[challenge]\nmoves = ['nod']", "challenge.moves"),
        ("[challenge]\nmoves = ['nod', 'nod']", "challenge.moves"),
        ("[challenge]\nmoves = ['nod', 'look-up']", "challenge.moves"),
        ("[challenge]\nturn_deg = 8", "challenge.neutral_deg"),
        ("[challenge]\nreaction_s = 0.5\nstep_s = 0.5", "challenge.reaction_s"),
        ("[challenge]\nneutral_s = 2.5", "challenge.neutral_s"),
        ("[challenge]\nsteps = 6\nneutral_s = 1.0\ntotal_s = 7", "challenge.total_s"),
        ("[adaptation]\nenabled = true\n[liveness]\nmode = 'off'", "adaptation.enabled"),
        ("[adaptation]\nenabled = true\nmargin = 0.01", "adaptation.margin"),
        ("[adaptation]\nfmr = 0.01", "adaptation.fmr"),
        ("[door]\nmax_frame_age_s = 1.5", "door.max_frame_age_s"),
        ("[decision]\nmax_judged_frames = 3", "decision.max_judged_frames"),
        ("[decision]\nlockout_s = 0.5", "decision.lockout_s"),
        ("[exit_button]\nline = 'GPIO17'\non_fault = 'open'", "exit_button.line"),
        ("[lock]\nline = 'GPIO5'\n[exit_button]\nline = 'GPIO5'\non_fault = 'open'", "exit_button.line"),
        ("camera = 3", "camera"),
    ],
)
def test_what_makes_no_sense_is_refused_under_its_name(setting: str, key: str) -> None:
    (fault,) = faults(setting)
    assert f" {key}:" in fault


def test_s4_liveness_that_refuses_nothing_is_a_fault_and_off_is_called_off() -> None:
    nothing = "[liveness]\nsuspect_below = 0\nmin_median = 0\n"
    (fault,) = faults(f'{nothing}mode = "passive"\n')
    assert fault.startswith("terminal.toml:3: liveness.min_median: ")
    assert parse(f'{nothing}mode = "off"\n', "terminal.toml").liveness.mode == "off"


def test_a_contradiction_is_named_beside_faults_of_other_sections() -> None:
    found = faults("[decision]\nvotes = 9\n[camera]\nfps = 0\n")
    assert [line.split(" ")[1] for line in found] == ["camera.fps:", "decision.votes:"]


def test_no_contradiction_is_made_up_of_defaults_that_stand_in_for_faults() -> None:
    (fault,) = faults("[decision]\nvotes = 9\nwindow_frames = 'ten'\n")
    assert " decision.window_frames:" in fault
    (fault,) = faults("[lock]\nline = 17\n[exit_button]\nline = 'GPIO17'\non_fault = 'open'\n")
    assert " lock.line:" in fault


def test_nothing_lies_on_the_same_line_where_there_is_no_button() -> None:
    assert parse("[lock]\nline = ''\n", "terminal.toml").lock.line == ""


@pytest.mark.parametrize("value", ["nan", "inf", "1e300"])
def test_s3_no_limit_can_be_switched_off_by_a_value_that_is_no_measure(value: str) -> None:
    for kind, table in tables().items():
        for key, hint in get_type_hints(kind, include_extras=True).items():
            if float in (hint, *get_args(hint)):
                (fault,) = faults(f"[{table}]\n{key} = {value}\n")
                assert f" {table}.{key}:" in fault


def tables() -> dict[type[Any], str]:
    hints: dict[str, type[Any]] = get_type_hints(Config)
    return {hint: name for name, hint in hints.items() if dataclasses.is_dataclass(hint)}


def test_text_that_is_not_toml_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"terminal\.toml: not valid TOML: .*line 2"):
        parse('board = "pc"\nvotes = = 2\n', "terminal.toml")


# --- files


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000, "{a = " * 5000])
def test_a_number_or_a_depth_beyond_the_reader_is_one_clear_fault(value: str) -> None:
    with pytest.raises(ConfigError, match=r"terminal\.toml: not valid TOML: ") as caught:
        parse(f"[decision]\nfpir = {value}", "terminal.toml")
    assert len(str(caught.value).splitlines()) == 1


def test_a_key_of_many_dots_that_no_line_shows_is_a_fault_like_any_other() -> None:
    with pytest.raises(ConfigError, match=r"terminal\.toml: a\.a.*unknown key"):
        parse(f'"\\u0061{".a" * 3000}" = 1', "terminal.toml")


def test_a_file_with_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(b'\xef\xbb\xbfboard = "pi"\r\n[decision]\r\nvotes = 3\r\n')
    assert load(path) == Config(board="pi", decision=DecisionSettings(votes=3))


def test_the_lines_of_a_windows_file_are_counted_right(tmp_path: Path) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(b"\xef\xbb\xbf[decision]\r\n\r\nvotes = 0\r\n")
    with pytest.raises(ConfigError, match=r"terminal\.toml:3: decision\.votes"):
        load(path)


@pytest.mark.parametrize(
    "content", [b'board = "p\xff"', b"\xff\xfeb\x00o\x00", b'board = "a\x00b"', b"\x89PNG\r\n\x1a\n"]
)
def test_a_file_that_is_no_text_is_one_clear_fault(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "terminal.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"terminal\.toml: (cannot be read|not valid TOML)"):
        load(path)


def test_a_missing_file_and_a_folder_are_one_clear_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.toml", tmp_path):
        with pytest.raises(ConfigError, match="cannot be read as a text file"):
            load(path)


# --- there and back

shares = st.floats(0, 1)
words = st.text(st.characters(codec="utf-8"), max_size=20)
configs = st.builds(
    Config,
    board=words,
    camera=st.builds(CameraSettings, source=words, fps=st.floats(0, 120, exclude_min=True), loop=st.booleans()),
    lock=st.builds(LockSettings, line=words.map("lock {}".format), active_low=st.booleans()),
    exit_button=st.builds(
        ExitSettings,
        line=words.map("exit {}".format),
        pull=st.sampled_from(["up", "down", "none"]),
        on_fault=st.sampled_from(["open", "ignore"]),
    ),
    models=st.builds(ModelSettings, embedder=words, threads=st.integers(1, 16), flip=st.booleans()),
    detection=st.builds(
        DetectionSettings,
        min_score=shares,
        overlap=shares,
        zone=st.tuples(st.floats(0, 0.49), st.floats(0, 0.49), st.floats(0.5, 1), st.floats(0.5, 1)),
    ),
    track=st.builds(
        TrackSettings, min_iou=shares, gap_s=st.floats(0, 10, exclude_min=True), missed_frames=st.integers(0, 100)
    ),
    quality=st.builds(QualityLimits, min_eyes_px=st.floats(0, 1000), min_contrast=st.floats(0, 128)),
    liveness=st.builds(
        LivenessSettings,
        mode=st.sampled_from(["motion", "passive", "off"]),
        stricter=st.lists(
            st.builds(Stricter, mode=st.sampled_from(["motion", "challenge"]), doors=st.lists(st.text()).map(tuple)),
            max_size=2,
        ).map(tuple),
        suspect_below=st.floats(0, 0.4),
        min_median=st.floats(0.4, 1),
    ),
    decision=st.builds(
        DecisionSettings,
        fpir=st.floats(0, 0.1, exclude_min=True),
        votes=st.integers(1, 4),
        lockout_s=st.floats(1, 3600),
        window_s=st.floats(0, 3, exclude_min=True),
    ),
)


@given(configs)
def test_what_is_shown_is_read_back_the_same(config: Config) -> None:
    assert parse(dump(config), "shown") == config


@given(st.text(max_size=200))
def test_no_text_raises_anything_but_a_clear_fault(text: str) -> None:
    try:
        config = parse(text, "terminal.toml")
    except ConfigError as error:
        assert str(error).startswith("terminal.toml: ")  # noqa: PT017 - either outcome is right, no other is
    else:
        assert isinstance(config, Config)
