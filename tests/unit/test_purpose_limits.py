"""Head office limits purposes: what is laxer is named, of each purpose, and what is as strict or stricter passes."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from edge.app import head_office
from edge.app.head_office import require_within
from edge.app.places import places
from edge.cli import edge
from edge.config import Config
from edge.config.limits import Limits, laxer, parse, template
from edge.config.purpose_limits import EXAMPLE, PurposeLimits
from edge.config.purposes import Purpose
from edge.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 30)
WRITTEN = "version = 1\nissued = 2026-11-30\n"
STRICT: dict[str, Any] = {
    "kind": "desk",
    "fmr": 1e-5,
    "liveness": "active",
    "confirm": "keypad",
    "max_amount": 100.0,
    "window_s": 20.0,
    "confirm_s": 10.0,
    "attempts": 1,
    "daily": 5,
}
LAX: dict[str, Any] = {
    "kind": "identity",
    "fmr": 1.1e-5,
    "liveness": "passive",
    "confirm": "none",
    "max_amount": 100.01,
    "window_s": 20.1,
    "confirm_s": 10.1,
    "attempts": 2,
    "daily": 6,
}
STRICTER: dict[str, Any] = STRICT | {
    "fmr": 1e-6,
    "max_amount": 0.0,
    "window_s": 5.0,
    "confirm_s": 5.0,
    "daily": 1,
}
names = st.sets(st.sampled_from(sorted(STRICT)))


def configured(*purposes: Purpose) -> Config:
    return dataclasses.replace(Config(), purposes=purposes)


def faults(config: Config, *limits: PurposeLimits) -> list[str]:
    return [fault.partition(" = ")[0] for fault in laxer(config, Limits(1, TODAY, (), limits))]


@given(loosened=names, limited=names, called=st.sampled_from(["vault", "*"]))
def test_what_is_laxer_is_named_and_nothing_else(loosened: set[str], limited: set[str], called: str) -> None:
    purpose = Purpose(name="vault", **(STRICT | {name: LAX[name] for name in loosened}))
    limit = PurposeLimits(name=called, **{name: STRICT[name] for name in limited})
    found = faults(configured(Purpose(name="free", **LAX), purpose), limit)
    assert {one for one in found if one.startswith("purposes[2]")} == {
        f"purposes[2].{one}" for one in loosened & limited
    }
    assert {one for one in found if one.startswith("purposes[1]")} == (
        {f"purposes[1].{one}" for one in limited} if called == "*" else set()
    )


@given(limited=names, kept=names)
def test_the_limit_itself_and_what_is_stricter_pass(limited: set[str], kept: set[str]) -> None:
    purpose = Purpose(name="vault", **(STRICTER | {name: STRICT[name] for name in kept}))
    assert faults(configured(purpose), PurposeLimits(name="vault", **{name: STRICT[name] for name in limited})) == []


def test_as_often_as_they_like_is_laxer_than_any_number_a_day() -> None:
    limit = PurposeLimits(name="*", daily=1000)
    assert faults(configured(Purpose(name="vault", daily=1000)), limit) == []
    assert faults(configured(Purpose(name="vault", daily=0)), limit) == ["purposes[1].daily"]


def test_a_purpose_that_is_named_must_be_within_what_each_must_be_too() -> None:
    limits = (PurposeLimits(name="vault", attempts=3), PurposeLimits(name="*", attempts=2))
    assert faults(configured(Purpose(name="vault", attempts=3)), *limits) == ["purposes[1].attempts"]


def test_a_purpose_that_is_called_otherwise_does_not_escape_what_is_said_of_each() -> None:
    config = configured(Purpose(name="vault-2", liveness="passive"))
    limits = (PurposeLimits(name="vault", liveness="active"), PurposeLimits(name="*", liveness="active"))
    (fault,) = laxer(config, Limits(1, TODAY, (), limits))
    assert fault == (
        'purposes[1].liveness = "passive" (purpose "vault-2") is laxer than head office\'s limit "active" (limits.toml)'
    )


def test_a_purpose_that_nobody_configures_is_no_fault() -> None:
    assert faults(Config(), PurposeLimits(name="vault", liveness="active")) == []


def test_limits_of_purposes_are_read_beside_the_others() -> None:
    each, one = '[[purposes]]\nname = "*"\nattempts = 1\n', '[[purposes]]\nname = "a"\nfmr = 1e-6\n'
    found = parse(f"{WRITTEN}[decision]\nfmr = 1e-5\n{each}{one}", "limits.toml")
    assert found.purposes == (PurposeLimits(name="*", attempts=1), PurposeLimits(name="a", fmr=1e-6))
    assert (found.laxest, found.count) == ((("decision.fmr", 1e-5),), 3)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("[[purposes]]\nfmr = 1e-5\n", "missing required field `name`"),
        ('[[purposes]]\nname = "a"\nlivness = "active"\n', "unknown field `livness`"),
        ('[[purposes]]\nname = "a"\nliveness = "none"\n', "Invalid enum value 'none'"),
        ('[[purposes]]\nname = "a"\ndaily = 0\n', ">= 1"),
        ('[[purposes]]\nname = "A b"\n', "regex"),
        ("[purposes]\nfmr = 1e-5\n", "Expected `array`"),
    ],
)
def test_a_slip_in_head_offices_limits_is_a_fault_and_limits_nothing_less(said: str, fault: str) -> None:
    with pytest.raises(ConfigError, match="purposes") as found:
        parse(WRITTEN + said, "limits.toml")
    assert fault in str(found.value)


def test_the_example_that_the_template_prints_is_right_once_it_is_no_comment() -> None:
    text = template(1, TODAY)
    assert text.endswith(EXAMPLE)
    assert parse(text, "limits.toml").purposes == ()
    lines = [line.removeprefix("# ") for line in EXAMPLE.splitlines()[2:] if line != "#"]
    found = parse(WRITTEN + "\n".join(lines), "limits.toml")
    named, each = found.purposes[1], found.purposes[0]
    assert {name for one in (named, each) for name in STRICT if getattr(one, name) is not None} == set(STRICT)


def test_a_terminal_whose_purpose_is_laxer_does_not_start_and_the_limits_are_shown(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    here = dataclasses.replace(places(tmp_path / "data", tmp_path / "etc"), limits_seen=tmp_path / "limits.seen")
    key = head_office.new_key(tmp_path)[0]
    file = here.head_office / head_office.LIMITS
    file.write_text(f'{WRITTEN}[[purposes]]\nname = "vault"\nliveness = "active"\n')
    assert head_office.sign(file, key)[0].count == 1
    (here.head_office / head_office.PUBLIC_KEY).write_bytes((tmp_path / head_office.PUBLIC_KEY).read_bytes())
    with pytest.raises(ConfigError, match=r"purposes\[1\]\.liveness"):
        require_within(configured(Purpose(name="vault")), here)
    assert require_within(configured(Purpose(name="vault", liveness="active")), here)


def test_the_command_signs_and_counts_them(tmp_path: Path) -> None:
    key, file = head_office.new_key(tmp_path)[0], tmp_path / "limits.toml"
    file.write_text(f'{WRITTEN}[[purposes]]\nname = "*"\nattempts = 1\n')
    done = CliRunner().invoke(edge, ["limits", "sign", str(file), "--key", str(key)])
    assert (done.exit_code, "version 1 of 2026-11-30, 1 limits" in done.output) == (0, True)
