"""Head office's limits: a setting that is laxer is named, one that is stricter passes, whichever it is."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import AdaptationSettings, ChallengeSettings, Config, LivenessSettings
from edge.config import parse as parse_config
from edge.config.file import toml
from edge.config.limits import BOUNDS, STRICTEST_FIRST, Bound, Limits, is_laxer, laxer, parse, setting, template
from edge.config.liveness import Stricter
from edge.errors import ConfigError

TODAY = date(2026, 11, 22)
WRITTEN = "version = 1\nissued = 2026-11-22\n"


def limits(**laxest: Any) -> Limits:  # noqa: ANN401 - any setting
    return Limits(1, TODAY, tuple((key.replace("__", "."), value) for key, value in laxest.items()))


def changed(key: str, value: object) -> Config:
    config: Config = replaced(Config(), key, value)
    return config


def replaced(part: Any, key: str, value: object) -> Any:  # noqa: ANN401 - a section, or a section of it
    name, _, rest = key.partition(".")
    new = replaced(getattr(part, name), rest, value) if rest else value
    return dataclasses.replace(part, **{name: new})


def stricter_and_laxer(key: str) -> tuple[object, object]:
    """A value to either side of the default."""
    default = setting(Config(), key)
    if key == "challenge.steps":
        return 3, 2  # fewer than the default cannot be configured
    if key == "challenge.moves":
        return ("come-closer", *ChallengeSettings().moves), ChallengeSettings().moves[:3]
    if key == "liveness.stricter":
        return (Stricter(mode="challenge", purposes=("payment",)),), ()  # none is the default
    if isinstance(default, tuple):
        return ("temps",), ()  # none is the default
    if isinstance(default, str):
        return STRICTEST_FIRST[key][0], STRICTEST_FIRST[key][-1]
    less: float
    more: float
    less, more = (default * 0.9, default * 1.1) if isinstance(default, float) else (default - 1, default + 1)
    if isinstance(default, bool):
        less, more = False, True
    return (less, more) if BOUNDS[key] is Bound.AT_MOST else (more, less)


keys = st.sampled_from(sorted(BOUNDS))
EVERYTHING = parse(template(1, TODAY), "limits.toml")


@given(st.sets(keys.filter(lambda key: stricter_and_laxer(key)[1] != setting(Config(), key))))
def test_every_setting_that_is_laxer_is_named_and_no_other(loosened: set[str]) -> None:
    config = Config()
    for key in loosened:
        config = replaced(config, key, stricter_and_laxer(key)[1])
    assert {fault.partition(" ")[0] for fault in laxer(config, EVERYTHING)} == loosened


@given(keys)
def test_what_is_stricter_than_the_limit_passes_and_so_does_the_limit_itself(key: str) -> None:
    assert laxer(Config(), EVERYTHING) == ()
    assert laxer(changed(key, stricter_and_laxer(key)[0]), EVERYTHING) == ()


@given(keys)
def test_what_head_office_does_not_limit_is_free(key: str) -> None:
    rest = tuple((other, setting(Config(), other)) for other in BOUNDS if other != key)
    assert laxer(changed(key, stricter_and_laxer(key)[1]), Limits(1, TODAY, rest)) == ()


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_being_laxer_is_an_order(one: float, two: float, three: float) -> None:
    for key in ("decision.fpir", "decision.margin"):
        assert not is_laxer(key, one, one)
        assert is_laxer(key, one, two) != is_laxer(key, two, one) or one == two
        assert not (is_laxer(key, one, two) and is_laxer(key, two, three)) or is_laxer(key, one, three)


def test_what_is_no_number_counts_as_laxer() -> None:
    for key in ("decision.fpir", "decision.margin"):
        assert is_laxer(key, math.nan, 0.1)
        assert is_laxer(key, 0.1, math.nan)
        assert is_laxer(key, "0.1", 0.1)


def test_the_fault_says_setting_value_and_limit() -> None:
    (fault,) = laxer(changed("decision.fpir", 0.01), limits(decision__fpir=0.001))
    assert fault == "decision.fpir = 0.01 is laxer than head office's limit 0.001 (limits.toml)"
    (fault,) = laxer(Config().without_liveness(), limits(liveness__mode="passive"))
    assert fault == 'liveness.mode = "off" is laxer than head office\'s limit "passive" (limits.toml)'


def test_every_word_of_a_setting_has_its_place_in_the_order() -> None:
    assert set(STRICTEST_FIRST) == {key for key, bound in BOUNDS.items() if bound is Bound.NO_LAXER}
    assert set(STRICTEST_FIRST["liveness.mode"]) == set(get_args(get_type_hints(LivenessSettings)["mode"]))


def test_all_that_the_safety_of_a_branch_rests_on_can_be_limited() -> None:
    assert {
        "decision.fpir",
        "decision.fmr",
        "decision.accept_extrapolation",
        "decision.votes",
        "decision.margin",
        "decision.max_judged_frames",
        "decision.lockout_failures",
        "liveness.mode",
        "liveness.suspect_below",
        "liveness.min_median",
        "track.fmr",
        "door.max_frame_age_s",
        "quality.min_eyes_px",
        "rules.lock_out.failures",
        "rules.two_person.groups",
        "rules.visitors.groups",
    } <= set(BOUNDS)
    assert {key for key, bound in BOUNDS.items() if bound is Bound.AT_LEAST and not key.startswith("quality.")} == {
        "decision.margin",
        "decision.votes",
        "decision.rate_limit_s",
        "decision.lockout_s",
        "decision.lockout_factor",
        "decision.lockout_longest_s",
        "liveness.suspect_below",
        "liveness.min_median",
        "liveness.passive_frames",
        "liveness.surround_suspect",
        "liveness.surround_deny",
        "liveness.relief_alive",
        "liveness.relief_deny",
        "liveness.screen_suspect",
        "liveness.timing_suspect",
        "liveness.timing_deny",
        "liveness.fixed_camera",
        "challenge.steps",
        "challenge.min_eyes_px",
        "challenge.turn_deg",
        "challenge.nod_deg",
        "challenge.closer_ratio",
        "challenge.neutral_s",
        "challenge.reaction_s",
        "adaptation.stricter",
        "adaptation.margin",
        "adaptation.frames",
        "adaptation.min_score",
        "adaptation.second_factor",
        "adaptation.apart_days",
        "adaptation.settled_days",
        "track.min_iou",
        "track.first_frames",
        "track.spare_points",
        "rules.free_access.first_person",
        "rules.anti_passback.minutes",
        "rules.lock_out.first_s",
        "rules.lock_out.factor",
        "rules.lock_out.longest_s",
        "ota.shadow_visits",
        "ota.shadow_days",
        "ota.migrated_share",
        "ota.migrate_days",
        "ota.trial_grants",
        "ota.trial_hours",
    }
    assert all(BOUNDS[key] is Bound.AT_LEAST for key in BOUNDS if key.startswith("quality.min_"))
    assert all(BOUNDS[key] is Bound.AT_MOST for key in BOUNDS if key.startswith("quality.max_"))


def test_every_setting_of_adaptation_can_be_limited() -> None:
    ours = {f"adaptation.{field.name}" for field in dataclasses.fields(AdaptationSettings)}
    assert ours == {key for key in BOUNDS if key.startswith("adaptation.")}


def test_s4_every_setting_of_a_challenge_can_be_limited() -> None:
    """A branch whose head turns by one degree, or who has ten seconds for it, asks for no challenge."""
    ours = {f"challenge.{field.name}" for field in dataclasses.fields(ChallengeSettings)}
    assert ours == {key for key in BOUNDS if key.startswith("challenge.")}
    lax = {"turn_deg": 1.0, "nod_deg": 1.0, "step_s": 10.0, "reaction_s": 0.0, "moves": ("turn-left", "nod")}
    config = dataclasses.replace(Config(), challenge=ChallengeSettings(**lax))  # type: ignore[arg-type]  # any setting
    assert {fault.partition(" ")[0] for fault in laxer(config, EVERYTHING)} == {f"challenge.{name}" for name in lax}


def test_s4_a_branch_may_add_stricter_hours_but_drop_none_of_head_office() -> None:
    ours, theirs = Stricter(mode="challenge", purposes=("payment",)), Stricter(mode="challenge", days=("sun",))
    written = f"{WRITTEN}[liveness]\nstricter = [{{ mode = 'challenge', purposes = ['payment'] }}]\n"
    asked = parse(written, "limits.toml")
    assert laxer(changed("liveness.stricter", (theirs, ours)), asked) == ()
    for without in ((), (theirs,), (dataclasses.replace(ours, since="08:00"),)):
        (fault,) = laxer(changed("liveness.stricter", without), asked)
        assert fault.startswith("liveness.stricter = [")
        assert 'purposes = ["payment"]' in fault.partition("limit ")[2]


# --- limits.toml


def test_the_template_limits_everything_to_the_defaults_and_explains_it() -> None:
    text = template(7, TODAY)
    found = parse(text, "limits.toml")
    assert (found.version, found.issued) == (7, TODAY)
    assert dict(found.laxest) == {key: setting(Config(), key) for key in BOUNDS}
    assert "# How many frames of one track must agree.\nvotes = 2  # at least this\n" in text
    assert 'mode = "motion"  # no laxer than this\n' in text
    assert max(map(len, text.splitlines())) <= 130


@given(st.dictionaries(keys, st.booleans()))
def test_what_is_written_is_what_is_read(chosen: dict[str, bool]) -> None:
    wanted = {key: stricter_and_laxer(key)[later] for key, later in chosen.items()}
    tables: dict[str, dict[str, object]] = {}
    for key, value in wanted.items():
        section, _, name = key.rpartition(".")
        tables.setdefault(section, {})[name] = value
    lines = [WRITTEN]
    for section, table in tables.items():
        lines += [f"[{section}]", *(f"{name} = {toml(value)}" for name, value in table.items())]
    assert dict(parse("\n".join(lines), "limits.toml").laxest) == wanted


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["limits.toml: version: is missing", "limits.toml: issued: is missing"]),
        ("version = 0\nissued = 2026-11-22\n", ["limits.toml:1: version: Expected `int` >= 1"]),
        ("version = true\nissued = 7\n", ["limits.toml:1: version: Expected `int`", "limits.toml:2: issued: Expected"]),
        (f"{WRITTEN}fpir = 0.1\n", ["limits.toml:3: fpir: cannot be limited"]),
        (
            f"{WRITTEN}[decision]\nfpri = 0.1\nfmr = 2\n",
            ["limits.toml:4: decision.fpri: ", "limits.toml:5: decision.fmr"],
        ),
        (f"{WRITTEN}[liveness]\nmode = 'none'\n", ["limits.toml:4: liveness.mode: Invalid enum value 'none'"]),
        (f"{WRITTEN}[camera]\nfps = 3.0\n", ["limits.toml:4: camera.fps: cannot be limited"]),
        (f"{WRITTEN}[rules.lock_out]\nfailures = 0\n", ["limits.toml:4: rules.lock_out.failures: Expected `int` >= 1"]),
        (f"{WRITTEN}[rules.lockout]\nfailures = 5\n", ["limits.toml:4: rules.lockout.failures: cannot be limited"]),
        (f"{WRITTEN}a{'.a' * 3000} = 1\n", ["limits.toml: a.a.a: cannot be limited"]),
        (f"{WRITTEN}[decision]\nmargin = nan\n", ["limits.toml:4: decision.margin: "]),
        (f"{WRITTEN}[decision]\nmargin = 'wide'\n", ["limits.toml:4: decision.margin: Expected `float`, got `str`"]),
        (f"x = {'9' * 5000}\n", ["limits.toml: not valid TOML: Exceeds the limit"]),
        (f"x = {'[' * 5000}\n", ["limits.toml: not valid TOML: maximum recursion depth"]),
        (
            "version = 9007199254740993\nissued = 2026-11-22\n",
            ["limits.toml:1: version: Expected `int` <= 9007199254740992"],
        ),
        (f"{WRITTEN}[decision\n", ["limits.toml: not valid TOML"]),
    ],
)
def test_every_fault_of_the_limits_is_said_at_once_with_its_line(text: str, faults: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "limits.toml")
    assert len(caught.value.faults) == len(faults)
    for found, fault in zip(caught.value.faults, faults, strict=True):
        assert found.startswith(fault)


def test_a_terminal_s_configuration_does_not_take_the_keys_of_the_limits() -> None:
    with pytest.raises(ConfigError, match="version: unknown key"):
        parse_config(template(1, TODAY), "terminal.toml")
