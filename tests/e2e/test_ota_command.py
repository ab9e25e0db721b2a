"""`edge ota status`, `apply`, `rollback` and `history`, and what the doctor says of the sets."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from edge.app.eyes import space
from edge.app.model_set import chosen
from edge.app.vault import open_store
from edge.config import Config
from edge.journal.log import read
from edge.ota.active import FACTORY
from edge.people.records import Template
from edge.values import Embedding, Occasion, PersonId
from tests import broken
from tests.gated import SHIPPED
from tests.sets import install
from tests.unit.signed_sets import Terminal, terminal
from tests.vaults import agreed

if TYPE_CHECKING:
    from pathlib import Path

    from edge.values import Space
    from tests.e2e.conftest import Typed


@pytest.fixture
def site(tmp_path: Path) -> Terminal:
    return terminal(tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "terminal.toml"
    file.write_text("[ota]\nmax_starts = 2\n")
    return file


def journal(site: Terminal) -> list[tuple[Occasion, str, str]]:
    return [(one.occasion, one.operator, one.sentence) for one in read(site.here.journal)]


def test_a_new_terminal_runs_the_factorys_set_and_asking_leaves_no_trace(
    site: Terminal, typed: Typed, config: Path
) -> None:
    done = typed("ota", "status", "--config", config, "--data", site.here.data)
    assert done.code == 0
    assert "decides:    the factory's set\nphase:      steady" in done.out
    assert "nothing happened yet" in typed("ota", "history", "--data", site.here.data).out
    assert not site.here.models.exists()


def test_a_set_is_used_by_hand_and_taken_back_and_the_journal_says_who(
    site: Terminal, typed: Typed, config: Path
) -> None:
    slot = site.offered("b", 1)
    where = ("--config", config, "--data", site.here.data)
    before = json.loads(typed("ota", "status", "--json", *where).out)
    assert (before["running"], before["candidate"], before["phase"]) == (FACTORY, slot, "shadow")
    assert any("visits" in one for one in before["waits_for"])
    done = typed("ota", "apply", "--operator", "eve", *where)
    assert (done.code, done.out) == (
        0,
        f"{slot} decides, on trial; factory is there to go back to (`edge ota rollback`)\n",
    )
    said = typed("ota", "status", *where).out
    assert f"decides:    {slot}, since " in said
    assert "phase:      trial, started 0 of 2 times" in said
    assert "waits for:  the terminal has not begun with it: start it" in said
    back = typed("ota", "rollback", "--operator", "eve", "--why", "worse", "--data", site.here.data, "--json")
    assert json.loads(back.out)["running"] == FACTORY
    assert [one[:2] for one in journal(site)] == [
        (Occasion.UPDATE_APPLIED, "eve"),
        (Occasion.UPDATE_ROLLED_BACK, "eve"),
    ]
    assert journal(site)[-1][2].endswith(f"{slot} was taken back by hand, factory decides: worse")
    told = json.loads(typed("ota", "history", "--json", "--last", "2", "--data", site.here.data).out)
    assert [(one["what"], one.get("operator")) for one in told] == [
        ("update-applied", "eve"),
        ("update-rolled-back", "eve"),
    ]
    assert f"refused:    {slot}, up to serial 1" in typed("ota", "status", *where).out


def test_what_cannot_be_done_is_refused_with_the_reason(site: Terminal, typed: Typed, config: Path) -> None:
    where = ("--config", config, "--data", site.here.data)
    nothing = typed("ota", "apply", *where)
    assert (nothing.code, "no set is waiting to be used; `edge ota check` asks for one" in nothing.err) == (13, True)
    back = typed("ota", "rollback", "--data", site.here.data)
    assert (back.code, "factory decides already" in back.err) == (13, True)
    for to in ("../x", "x-000000000000", ""):
        done = typed("ota", "rollback", "--to", to, "--data", site.here.data)
        assert (done.code, "is no set to go back to; there are: " in done.err) == (13, True)


def test_s8_a_candidate_that_is_not_proven_is_not_applied(site: Terminal, typed: Typed, config: Path) -> None:
    slot = site.offered("b", 1)
    (site.slots.folder_of(slot) / "embedder" / "model.tflite").write_bytes(b"other")
    done = typed("ota", "apply", "--without-waiting", "I say so", "--config", config, "--data", site.here.data)
    assert (done.code, "not what was signed" in done.err) == (13, True)
    assert site.slots.read().running == FACTORY


def test_models_that_are_configured_by_hand_are_not_replaced(site: Terminal, typed: Typed, config: Path) -> None:
    site.offered("b", 1)
    config.write_text('[models]\nembedder = "mobilefacenet-float-1"\n')
    where = ("--config", config, "--data", site.here.data)
    done = typed("ota", "apply", *where)
    assert (done.code, "models.embedder name other bundles" in done.err) == (2, True)
    assert "by hand:    models.embedder" in typed("ota", "status", *where).out


def test_a_set_that_is_gone_is_told_by_status_without_changing_anything(
    site: Terminal, typed: Typed, config: Path
) -> None:
    slot = install(site.slots, "a", 1)
    site.good("b", 2)
    now = site.slots.read()
    shutil.rmtree(site.slots.folder_of(now.running))
    before = (site.here.models / "active.toml").read_bytes()
    said = typed("ota", "status", "--config", config, "--data", site.here.data).out
    assert "decides:    the factory's set" in said
    assert f"wrong:      {site.slots.folder_of(now.running)}/set.toml: No such file" in said
    assert (site.here.models / "active.toml").read_bytes() == before
    assert site.slots.folder_of(slot).exists()


def test_a_candidate_that_too_few_people_are_known_to_is_applied_only_with_a_reason(
    site: Terminal, typed: Typed, config: Path, tmp_path: Path
) -> None:
    other = (broken.bundle(SHIPPED["embedder"], tmp_path / "other", broken.zeroed) / "model.tflite").read_bytes()
    slot = site.offered("b", 1, other)  # another model is another space
    old, new = space(Config()), space(Config(), chosen(Config(), site.here, slot))
    enrol(site, {"ann": old, "bob": new, "carl": old}, now=time.time())
    where = ("--config", config, "--data", site.here.data)
    people = json.loads(typed("ota", "status", "--json", *where).out)["people"]
    assert (people["active"], people["migrated"], people["missing"], people["enough"]) == (2, 1, [["ann", 0]], False)
    assert people["absent"] == 1
    said = typed("ota", "status", *where).out
    assert "waits for:  1 of 2 active people are known to it, 95% are needed" in said
    assert "missing:  ann, walked by on 0 days" in said
    done = typed("ota", "apply", *where)
    assert (done.code, "1 of 2 active people are known to it" in done.err) == (13, True)
    assert site.slots.read().running == FACTORY
    done = typed("ota", "apply", "--without-waiting", "the old one fails", *where)
    assert (done.code, site.slots.read().running) == (0, slot)
    assert "without waiting: the old one fails" in journal(site)[-1][2]


def enrol(site: Terminal, people: dict[str, Space], now: float) -> None:
    """Have people who were here today, but the last one, with a template of a space each."""
    face = np.eye(128, dtype=np.float32)[0]
    with open_store(Config(), site.here, create=True) as store:
        for name, where in people.items():
            store.add(agreed(name, name), [Template(Embedding(face, where), "photo.jpg")])
        for name in list(people)[:-1]:
            store.seen(PersonId(name), now)


@pytest.mark.long
def test_the_doctor_says_which_set_decides_and_what_is_wrong_with_it(
    site: Terminal, typed: Typed, config: Path
) -> None:
    slot = site.good("b", 1)
    where = ("--config", config, "--data", site.here.data)
    found = {one["name"]: one for one in json.loads(typed("doctor", "--json", *where).out)}
    assert found["models"]["state"] == "ok"
    assert found["models"]["found"].startswith(f"{slot} decides since ")
    assert "mobilefacenet-dynamic-b, signed and working" in found["model: embedder"]["found"]
    site.here.ota_root.unlink()
    found = {one["name"]: one for one in json.loads(typed("doctor", "--json", *where).out)}
    assert found["models"]["state"] == "fault"
    assert "the factory's set decides, because" in found["models"]["found"]
    assert "pinned and working" in found["model: embedder"]["found"]
