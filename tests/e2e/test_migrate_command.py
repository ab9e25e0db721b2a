"""`edge people migrate` and enrolment in two spaces, with signed sets and the real models."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from edge.app.eyes import space
from edge.app.model_set import chosen, running
from edge.app.vault import open_store
from edge.config import Config
from edge.journal.log import read
from edge.ota.active import confirmed, cut_over
from edge.people.records import Template
from edge.people.waiting import Waiting
from edge.values import Occasion, PersonId
from edge.vision.bundle import find
from tests.unit.signed_sets import Terminal, terminal
from tests.unit.walks import seen
from tests.vaults import agreed

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.active import Slot
    from edge.values import Space
    from tests.e2e.conftest import Typed

CONFIG = Config()
OTHER = (find("mobilefacenet-dynamic-1") / "model.tflite").read_bytes() + bytes(16)
"""The same model with another hash: another space."""


@pytest.fixture
def site(tmp_path: Path) -> Terminal:
    return terminal(tmp_path)


@pytest.fixture
def where(site: Terminal, tmp_path: Path) -> tuple[str | Path, ...]:
    file = tmp_path / "terminal.toml"
    file.write_text('[people]\nkeep_crops = true\ncrop_texts = ["2026-1"]\n')
    return "--config", file, "--data", site.here.data


def both(site: Terminal, slot: Slot) -> tuple[Space, Space]:
    return space(CONFIG, running(CONFIG, site.here)), space(CONFIG, chosen(CONFIG, site.here, slot))


def held(site: Terminal, person: str) -> dict[Space, list[str]]:
    with open_store(CONFIG, site.here) as store:
        found: dict[Space, list[str]] = {}
        for one in store.kept(PersonId(person)):
            found.setdefault(one.template.embedding.space, []).append(one.template.kind)
        return found


def test_without_another_set_there_is_nothing_to_do(typed: Typed, where: tuple[str | Path, ...]) -> None:
    done = typed("people", "migrate", *where)
    assert (done.code, done.out) == (13, "")
    assert "nobody is on the way to another model" in done.fault


def test_show_and_forget_old_contradict_each_other(typed: Typed, where: tuple[str | Path, ...]) -> None:
    done = typed("people", "migrate", "--show", "--forget-old", *where)
    assert done.code == 2
    assert "changes nothing" in done.err


def test_whoever_is_missing_is_listed_and_the_old_templates_go_only_once_the_new_set_is_confirmed(
    site: Terminal, typed: Typed, where: tuple[str | Path, ...]
) -> None:
    slot = site.offered("b", 1, OTHER)
    old, new = both(site, slot)
    face = [1.0] + [0.0] * 511
    with open_store(CONFIG, site.here, create=True) as store:
        for who in ("anna", "bob"):
            store.add(agreed(who, who), [Template(seen(face, old), "photo.jpg")])
            store.seen(PersonId(who), time.time())
        Waiting(store).migrate(PersonId("bob"), [Template(seen(face, new), "migrated", "migrated")])
    found = json.loads(typed("people", "migrate", "--json", *where).out)
    assert (found["old"], found["new"], found["committed"]) == (str(old), str(new), False)
    assert (found["active"], found["migrated"], found["share"], found["required"]) == (2, 1, 0.5, 0.95)
    assert (found["waiting"], found["pictures"]) == ([{"id": "anna", "days": 0}], [])
    refused = typed("people", "migrate", "--forget-old", *where)
    assert refused.code == 13
    assert "nothing was deleted" in refused.fault
    assert held(site, "bob")[old] == ["enrolled"]
    site.slots.change(lambda now: confirmed(cut_over(now)), "update-confirmed", slot=slot)
    done = typed("people", "migrate", "--forget-old", "--operator", "eve", *where)
    assert "1 template of the old model deleted" in done.out
    assert "anna: walked by on 0 of 3 days" in done.out
    assert held(site, "bob") == {new: ["migrated"]}
    assert held(site, "anna") == {old: ["enrolled"]}
    (told,) = [one for one in read(site.here.journal) if one.occasion is Occasion.MIGRATED]
    assert told.operator == "eve"


@pytest.mark.pictures
def test_kept_pictures_bring_people_along_and_whoever_is_enrolled_meanwhile_is_in_both_spaces(
    site: Terminal, typed: Typed, where: tuple[str | Path, ...], pictures: Path
) -> None:
    agreed_to = ("--consent", "2026-1", "--operator", "officer")
    photo = pictures / "obama.jpg"
    done = typed("enrol", "--id", "anna", "--name", "Anna", *agreed_to, photo, *where)
    assert done.code == 0, done.err
    slot = site.offered("b", 1, OTHER)
    old, new = both(site, slot)
    assert held(site, "anna") == {old: ["enrolled"]}
    report = json.loads(typed("people", "migrate", "--json", *where).out)
    assert report["pictures"] == [{"id": "anna", "templates": 1, "why": ""}]
    assert held(site, "anna") == {old: ["enrolled"], new: ["migrated"]}
    done = typed("enrol", "--id", "bob", "--name", "Bob", *agreed_to, pictures / "biden.jpg", *where)
    assert done.code == 0, done.err
    assert held(site, "bob") == {old: ["enrolled"], new: ["enrolled"]}
    with open_store(CONFIG, site.here) as store:
        assert [one.source for one in Waiting(store).crops(PersonId("bob"))]
        png = Waiting(store).crops(PersonId("anna"))[0].png
        store.remove(PersonId("anna"))
    assert png.startswith(b"\x89PNG")
    for file in site.here.data.rglob("people*"):  # S6: nothing of the picture is in any file, and none is left
        assert png[16:64] not in file.read_bytes()


@pytest.mark.pictures
@pytest.mark.parametrize("consent", ["2026-2", "2026-1"])
def test_s6_a_picture_is_kept_only_where_the_consent_and_the_settings_say_so(
    site: Terminal, typed: Typed, where: tuple[str | Path, ...], pictures: Path, consent: str
) -> None:
    agreed_to = ("--consent", consent, "--operator", "officer")
    typed("enrol", "--id", "anna", "--name", "Anna", *agreed_to, pictures / "obama.jpg", *where)
    typed("enrol", "--id", "bob", "--name", "Bob", *agreed_to, pictures / "biden.jpg", "--data", site.here.data)
    with open_store(CONFIG, site.here) as store:
        assert len(Waiting(store).crops(PersonId("anna"))) == (1 if consent == "2026-1" else 0)
        assert Waiting(store).crops(PersonId("bob")) == ()
    typed("enrol", "--id", "anna", "--renew-consent", "--consent", "2026-3", "--operator", "officer", *where)
    with open_store(CONFIG, site.here) as store:
        assert Waiting(store).crops(PersonId("anna")) == ()
        assert len(store.kept(PersonId("anna"))) == 1
