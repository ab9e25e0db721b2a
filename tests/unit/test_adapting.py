"""Adaptation in the running terminal: what it listens to, when it acts, and what it leaves alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from edge.access.decide import State
from edge.app import leeway
from edge.app.adapting import QUIET_S, Adapting, adapting
from edge.app.claims import Claim, Claims
from edge.app.curves import curve
from edge.app.eyes import bundle
from edge.app.places import places
from edge.app.recognition import Recognition
from edge.app.renewing import Granted, Renewer
from edge.config import AdaptationSettings, Config
from edge.errors import JournalError
from edge.loop import run
from edge.people import adapt
from edge.people.adapt import DAY_S, Bounds, Declined
from edge.people.gallery import Gallery, Templates
from edge.people.records import Kept, Template
from edge.people.search import LiveSearch
from edge.values import Credential, Embedding, Factor, Handle, Quality, Reason
from edge.vision.embed import space_of
from edge.vision.pipeline import Memory
from tests.fakes import SPACE, LineCamera, WritingDoor, grey_frames
from tests.unit.builders import ANN, BOB, SOLID, frame, nobody, person, proving
from tests.vaults import agreed, vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.access.decide import Rule
    from edge.values import Match, Person, PersonId, Search, Sighting
    from hw.base import Frame, Signal

NOW = 1_800_000_000.0
WELL = Quality(inter_eye_px=80.0, score=90.0)
BOUNDS = Bounds(
    strong=0.6, fmr=1e-6, floor=0.45, margin=0.1, frames=3, min_score=50.0, second_factor=False, most=2,
    apart_s=7 * DAY_S, settled_s=14 * DAY_S,
)  # fmt: skip


def like(similarity: float, side: int = 1) -> Embedding:
    return Embedding(np.array([similarity, side * np.sqrt(1 - similarity**2), 0.0], np.float32), SPACE)


ANCHOR, OTHER = like(1.0), Embedding(np.array([0.0, 0.0, 1.0], np.float32), SPACE)


@dataclass
class Book:
    """A people store in memory, and the search among its people."""

    people: dict[PersonId, Person] = field(default_factory=lambda: {who: person(who) for who in (ANN, BOB)})
    templates: dict[PersonId, list[Kept]] = field(default_factory=dict)
    journal: list[tuple[Handle, str]] = field(default_factory=list)
    full: bool = False
    withdrawn: set[PersonId] = field(default_factory=set)

    def __post_init__(self) -> None:
        for who, face in ((ANN, ANCHOR), (BOB, OTHER)):
            self.templates[who] = [Kept(Template(face, "photo.jpg"), NOW - 100 * DAY_S)]

    def person(self, person: PersonId) -> Person | None:
        return self.people.get(person)

    def kept(self, person: PersonId) -> tuple[Kept, ...]:
        return tuple(self.templates[person])

    def set_adapted(self, person: PersonId, templates: Sequence[Template], handle: Handle) -> int:
        assert self.people[person].handle == handle
        before = self.templates[person]
        made = (Kept(one, one.provenance.at if one.provenance else NOW) for one in templates)
        self.templates[person] = [*(one for one in before if one.template.kind == "enrolled"), *made]
        return len(before) + len(templates) - len(self.templates[person])

    def gallery(self) -> Gallery:
        rows = [one.template for who in (ANN, BOB) for one in self.templates[who]]
        vectors = np.stack([one.embedding.vector for one in rows])
        adapted = np.array([one.kind == "adapted" for one in rows], np.bool_)
        offsets = np.array([0, len(self.templates[ANN]), len(rows)], np.int64)
        return Gallery(Templates(SPACE, (ANN, BOB), offsets, vectors, adapted), lift=0.05)

    def __call__(self, probe: Embedding) -> Match | None:
        return self.gallery().search(probe)

    def audit(self, handle: Handle, words: str) -> None:
        if self.full:
            raise JournalError("the disk is full")
        self.journal.append((handle, words))

    @property
    def renewer(self) -> Renewer:
        return Renewer(
            self, self, lambda _: BOUNDS, lambda _all, _mine: 5, lambda who: who.id not in self.withdrawn, self.audit
        )


def adapted(book: Book, who: PersonId = ANN) -> list[Template]:
    return [one.template for one in book.kept(who) if one.template.kind == "adapted"]


@dataclass
class Scene:
    """A terminal before which faces appear, frame by frame, ten a second."""

    faces: Sequence[Embedding | None]
    changes: dict[str, Any] = field(default_factory=lambda: dict(SOLID))
    door: WritingDoor = field(default_factory=WritingDoor)
    claims: Claims = field(default_factory=Claims)
    handed: list[Granted] = field(default_factory=list)
    mode: str = "motion"

    def sees(self, shot: Frame, memory: Memory, among: Search) -> tuple[Sighting, Memory]:
        face = self.faces[shot.sequence - 1]
        if face is None:
            return nobody(shot.at), memory
        changes = {"quality": WELL, "match": among(face), "sequence": shot.sequence} | self.changes
        return frame(shot.at, **changes), memory

    def play(self, book: Book) -> list[Granted]:
        watching = Adapting(self.handed.append, 2.0, lambda: NOW)
        known = Recognition(
            sees=self.sees,
            search=book,
            usual=partial(proving, self.mode),
            roster=book.person,
            claims=self.claims,
        )
        times = [1.0 + 0.1 * number for number in range(len(self.faces))]
        camera = LineCamera(grey_frames(times))
        terminal = watching.terminal(known, camera, self.door, Silent(), lambda *_: None)
        run(terminal, State(), Memory(), lambda: False)
        return self.handed


class Silent:
    def tell(self, signal: Signal, code: str, words: str) -> None: ...

    def close(self) -> None: ...


GONE: list[Embedding | None] = [None] * (int(QUIET_S * 10) + 2)
LET_IN: list[Embedding | None] = [like(0.7), like(0.7), like(0.7)]


def test_who_was_let_in_is_handed_over_once_nobody_has_been_seen_for_a_moment() -> None:
    book = Book()
    assert Scene([*LET_IN, *[None] * 10]).play(book) == []
    (granted,) = Scene([*LET_IN, *GONE]).play(book)
    assert (granted.person, granted.handle, granted.grant.at) == (ANN, person(ANN).handle, NOW)
    assert granted.grant.proof == "motion"
    assert [one.factor for one in granted.grant.credentials] == [Factor.FACE]
    assert len(granted.grant.views) >= 2
    assert all(np.array_equal(view.embedding.vector, like(0.7).vector) for view in granted.grant.views)
    assert {view.score for view in granted.grant.views} == {90.0}


def test_nobody_is_handed_over_whom_the_door_refused() -> None:
    refusing = WritingDoor(reason=Reason.OUTSIDE_SCHEDULE)
    assert Scene([*LET_IN, *GONE], door=refusing).play(Book()) == []
    assert refusing.identified


def test_without_motion_or_a_challenge_there_is_no_proof() -> None:
    (granted,) = Scene([*LET_IN, *GONE], changes={}, mode="passive").play(Book())
    assert granted.grant.proof == ""
    assert Book().renewer(granted) is Declined.NOT_PROVEN


def test_frames_of_another_person_or_of_two_faces_are_no_views() -> None:
    (granted,) = Scene([like(0.7), like(0.71), *GONE], changes={**SOLID}).play(Book())
    assert len(granted.grant.views) == 2
    like_bob = Embedding(np.array([0.1, 0.95, 0.3], np.float32) / np.float32(np.sqrt(1.0025)), SPACE)
    (granted,) = Scene([like_bob, like(0.7), like(0.7), *GONE], changes={**SOLID}).play(Book())
    assert len(granted.grant.views) == 2
    assert Scene([*LET_IN, *GONE], changes={**SOLID, "faces": 2}).play(Book())[0].grant.views == ()


def test_what_was_shown_before_the_face_is_remembered() -> None:
    pin = Credential(Factor.PIN, 0.5)
    book, claims = Book(), Claims()
    claims.begin(
        Claim(ANN, (pin,), proving("motion"), lambda probe: book.gallery().alone(ANN).search(probe), 9.0, None)
    )
    (granted,) = Scene([*LET_IN, *GONE], claims=claims).play(book)
    assert [one.factor for one in granted.grant.credentials] == [Factor.PIN, Factor.FACE]


def test_a_verification_that_somebody_else_asked_for_adapts_to_nobody() -> None:
    book, claims, told = Book(), Claims(), list[object]()
    alone = book.gallery().alone(ANN).search
    claims.begin(Claim(ANN, (), proving("motion"), alone, 9.0, told.append))
    assert Scene([*LET_IN, *GONE], claims=claims).play(book) == []
    assert told


def test_a_grant_becomes_a_template_and_a_line_in_the_journal() -> None:
    book = Book()
    (granted,) = Scene([*[like(0.7)] * 3, *GONE]).play(book)
    views = granted.grant.views
    granted = replace(granted, grant=replace(granted.grant, views=(*views, views[-1])))
    assert isinstance(book.renewer(granted), Template)
    (kept,) = adapted(book)
    assert kept.embedding.vector @ like(0.7).vector == pytest.approx(1, abs=1e-4)
    ((handle, words),) = book.journal
    assert handle == person(ANN).handle
    assert "similarity 0.700 to an enrolled template" in words
    assert str(ANN) not in words
    assert book.renewer(granted) is Declined.TOO_SOON


def granted_now(face: Embedding | None = None, at: float = NOW) -> Granted:
    view = adapt.View(face or like(0.7), 90.0)
    return Granted(ANN, person(ANN).handle, adapt.Grant(at, (view,) * 3, "motion"))


def test_the_newest_few_stay_and_the_anchor_always() -> None:
    book = Book()
    for week, face in enumerate((like(0.65), like(0.66, -1), like(0.9))):
        assert isinstance(book.renewer(granted_now(face, NOW + 7 * week * DAY_S)), Template)
    assert [round(float(one.embedding.vector[0]), 2) for one in adapted(book)] == [0.66, 0.9]
    assert book.kept(ANN)[0].template.embedding is ANCHOR


def test_s12_who_was_removed_in_the_meantime_gets_nothing_nor_does_their_successor() -> None:
    book = Book()
    waiting = granted_now()
    del book.people[ANN]
    assert book.renewer(waiting) is None
    book.people[ANN] = replace(person(ANN), handle=Handle("somebody else's"))
    assert book.renewer(waiting) is None
    assert (adapted(book), book.journal) == ([], [])


def test_what_the_journal_cannot_take_does_not_happen() -> None:
    book = Book(full=True)
    assert book.renewer(granted_now()) is None
    assert adapted(book) == []


def test_a_face_that_is_like_somebody_else_is_declined() -> None:
    book = Book()
    between = np.array([0.7, 0.0, 0.714], np.float32)
    view = adapt.View(Embedding(between / np.linalg.norm(between), SPACE), 90.0)
    waiting = replace(granted_now(), grant=adapt.Grant(NOW, (view,) * 3, "motion"))
    assert book.renewer(waiting) is Declined.RESEMBLES


def test_a_terminal_that_adapts_leaves_a_sealed_template_and_a_line_in_the_journal(tmp_path: Path) -> None:
    embedder, here = bundle("mobilefacenet-dynamic-1", "embedder", trusted=True), places(tmp_path)
    space = space_of(embedder, flip=False)
    config = replace(Config(), adaptation=AdaptationSettings(enabled=True))
    with vault(here.people_db, create=True, clock=lambda: 1e9) as store:
        store.add(agreed("ann", "Ann"), [Template(replace(ANCHOR, space=space), "photo.jpg")])
        search = LiveSearch(store, space, partial(leeway.lift, config, curve(embedder)))
        with adapting(config, here, store, search, embedder, lambda _: True) as joined:
            scene = Scene([replace(like(0.7), space=space)] * 6 + GONE)
            known = Recognition(sees=scene.sees, search=search, usual=slow_motion, roster=store.person, claims=Claims())
            times = [1.0 + 0.1 * number for number in range(len(scene.faces))]
            terminal = joined(known, LineCamera(grey_frames(times)), scene.door, Silent(), lambda *_: None)
            run(terminal, State(), Memory(), lambda: False)
        anchor, new = store.kept(ANN)
        assert (anchor.template.kind, new.template.kind) == ("enrolled", "adapted")
        assert new.template.provenance is not None
        assert new.template.provenance.similarity == pytest.approx(0.7, abs=1e-3)
        later = search(replace(like(0.5), space=space))
        assert later is not None
        assert later.similarity == pytest.approx(0.5 + leeway.lift(config, curve(embedder), 2), abs=1e-3)
        handle = scene.door.identified[0][0].handle
    written = "".join(file.read_text() for file in here.journal.parent.glob(f"{here.journal.name}*"))
    assert all(word in written for word in ("adapted", handle))


def test_nobody_is_adapted_whose_consent_counts_no_more() -> None:
    book = Book(withdrawn={ANN})
    (granted,) = Scene(LET_IN + GONE).play(book)
    assert book.renewer(granted) is Declined.NO_CONSENT
    assert (adapted(book), book.journal) == ([], [])


def test_a_terminal_that_does_not_adapt_listens_to_nothing(tmp_path: Path) -> None:
    embedder = bundle("mobilefacenet-dynamic-1", "embedder", trusted=True)
    book = Book()
    with adapting(Config(), places(tmp_path), book, book, embedder, lambda _: True) as joined:
        assert joined is Recognition.terminal


def slow_motion() -> Rule:
    """Several frames must agree before anybody is let in."""
    return proving("motion", votes=4, window_frames=4)
