"""People from one terminal to another: what a letter holds, who can read it, and what is refused on arrival."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import keys
from edge.app.identity import device_key
from edge.app.people_letters import Envelope, address, read, write
from edge.app.places import Places, places
from edge.app.vault import open_store
from edge.config import Config
from edge.errors import EdgeError, EnrolError, SealError, SignatureError
from edge.people import moving
from edge.people.desk import Desk
from edge.people.enrol import Limits, Photo
from edge.people.records import NewPerson, Secrets, Template
from edge.people.search import LiveSearch
from edge.values import Embedding, Handle, Occasion, PersonId, Space
from tests.vaults import agreed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.people.moving import MovedPerson
    from edge.people.store import Store

HERE = Space("toy", "a" * 64, "1")
CONFIG = Config()
PINS = Secrets("$argon2id$of-a-pin", "$argon2id$of-duress")


def template(*numbers: float, space: Space = HERE, source: str = "a.jpg") -> Template:
    vector = np.array(numbers, np.float32)
    return Template(Embedding(vector / np.float32(np.linalg.norm(vector)), space), source)


@dataclass
class Branch:
    """Two terminals; the second believes the first."""

    a: Places
    b: Places
    written: list[tuple[Occasion, Handle]] = field(default_factory=list)

    def reader(self, here: Places | None = None) -> bytes:
        at = here or self.b
        address(at)
        return at.letters_key.with_suffix(".pub").read_bytes()

    def letter(self, *who: str) -> bytes:
        return write(CONFIG, self.a, [PersonId(one) for one in who], self.reader(), "officer")[0]

    def desk(self, store: Store, texts: tuple[str, ...] = ()) -> Desk:
        def audit(occasion: Occasion, handle: Handle, words: str) -> None:
            assert words
            self.written.append((occasion, handle))

        def look(path: Path) -> Photo:
            raise AssertionError(path)

        limits = Limits(same=0.3, other=0.6)
        return Desk(store, LiveSearch(store, HERE), look, lambda _: limits, lambda _, __: None, 100, texts, None, audit)

    def arrive(self, people: Sequence[MovedPerson]) -> list[str]:
        """Take people in at the second terminal; returns what was said of each, empty where all went well."""
        said = []
        with open_store(CONFIG, self.b, create=True) as store:
            for one in people:
                try:
                    self.desk(store).take_in(one, 5e9)
                    said.append("")
                except EdgeError as error:
                    said.append(str(error))
        return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("branch")


@pytest.fixture
def branch(tmp_path: Path) -> Branch:
    return founded(tmp_path)


def founded(folder: Path) -> Branch:
    two = Branch(places(folder / "a"), places(folder / "b"))
    with open_store(CONFIG, two.a, create=True) as store:
        adapted = replace(template(1, 0.3, 0, source="door"), kind="adapted")
        store.add(agreed("anna", "Anna Lind", ("staff",), 1e9, 4e9), [template(1, 0, 0), adapted])
        store.set_secrets(PersonId("anna"), PINS)
        store.add(agreed("bob", "Bob"), [template(0, 1, 0)])
    device_key(two.a)
    two.b.senders.mkdir(parents=True)
    (two.b.senders / "a.pub").write_bytes(two.a.device_key.with_suffix(".pub").read_bytes())
    return two


def test_people_arrive_with_all_that_belongs_to_them_and_the_same_handles(branch: Branch) -> None:
    assert branch.arrive(read(branch.b, branch.letter())) == ["", ""]
    with open_store(CONFIG, branch.a) as sent, open_store(CONFIG, branch.b) as come:
        assert come.people() == sent.people()
        for one in come.people():
            assert come.consent(one.id) == sent.consent(one.id)
            assert come.secrets(one.id) == sent.secrets(one.id)
            pairs = zip(come.kept(one.id), sent.kept(one.id), strict=True)
            for here, there in pairs:
                assert np.array_equal(here.template.embedding.vector, there.template.embedding.vector)
                assert (here.template.source, here.template.kind) == (there.template.source, there.template.kind)
        handles = {one.handle for one in come.people()}
    assert set(branch.written) == {(Occasion.ENROLLED, handle) for handle in handles}


def test_s6_a_letter_shows_nothing_of_anybody(branch: Branch) -> None:
    letter = branch.letter("anna")
    with open_store(CONFIG, branch.a) as store:
        (anna, _) = store.people()
        secrets = [b"anna", b"Anna Lind", anna.handle.encode(), PINS.pin.encode(), template(1, 0, 0).source.encode()]
        secrets.append(template(1, 0.3, 0).embedding.vector.tobytes())
    assert not [one for one in secrets if one in letter]
    assert branch.letter("anna") != letter


def test_only_those_who_are_named_are_in_it(branch: Branch) -> None:
    assert [one.id for one in read(branch.b, branch.letter("bob"))] == ["bob"]
    with pytest.raises(EnrolError, match="nobody is enrolled under the id 'carl'"):
        branch.letter("bob", "carl")


def test_a_face_without_consent_goes_nowhere(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(CONFIG, branch.a) as store:
        monkeypatch.setattr(store, "consent", lambda _: None)  # as of people who were enrolled before it was recorded
        with pytest.raises(EnrolError, match="without one their face goes nowhere"):
            moving.packed(store, store.people())


def test_a_letter_for_another_terminal_is_refused_by_both_names(branch: Branch, tmp_path: Path) -> None:
    other = places(tmp_path / "c")
    letter, _ = write(CONFIG, branch.a, [], branch.reader(other), "officer")
    with pytest.raises(SealError, match=f"for the terminal '{keys.box_id(branch.reader(other))}'; this is"):
        read(branch.b, letter)


def test_a_sender_who_is_not_trusted_is_refused(branch: Branch) -> None:
    letter = branch.letter()
    (branch.b.senders / "a.pub").write_bytes(keys.new_pair()[1])
    (branch.b.senders / "b.pub").write_bytes(b"no key")
    with pytest.raises(SignatureError, match="which is not trusted here: put its device"):
        read(branch.b, letter)
    with pytest.raises(SignatureError, match=r"take letters\.pub, not device\.pub"):
        write(CONFIG, branch.a, [], keys.new_pair()[1], "officer")


def test_a_trusted_sender_cannot_pass_for_another(branch: Branch) -> None:
    body = branch.letter()[len(b"edge-people-1\n") + 64 :]
    private, public = keys.new_pair()
    (branch.b.senders / "c.pub").write_bytes(public)
    with pytest.raises(SignatureError, match="is not this key's"):
        read(branch.b, b"edge-people-1\n" + keys.sign(b"edge-people-1\n" + body, private) + body)
    forged = msgspec.structs.replace(msgspec.msgpack.decode(body, type=Envelope), sender=keys.key_id(public))
    body = msgspec.msgpack.encode(forged)
    with pytest.raises(SealError, match="does not open with this terminal's key"):
        read(branch.b, b"edge-people-1\n" + keys.sign(b"edge-people-1\n" + body, private) + body)


def test_an_older_letter_is_refused_and_the_same_one_does_nothing_twice(branch: Branch) -> None:
    older, newer = branch.letter(), branch.letter("anna")
    assert branch.arrive(read(branch.b, newer)) == [""]
    with pytest.raises(SealError, match=r"a newer letter of the terminal .* was taken already: export again"):
        read(branch.b, older)
    (said,) = branch.arrive(read(branch.b, newer))
    assert "is here already" in said


def test_each_letter_is_newer_than_the_last_even_if_the_clock_was_set_back(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = branch.letter()
    monkeypatch.setattr("edge.app.people_letters.time.time_ns", lambda: 5)
    newest = branch.letter()
    read(branch.b, newest)
    with pytest.raises(SealError, match="a newer letter"):
        read(branch.b, newer)


def test_s12_whoever_was_removed_here_does_not_come_back_by_letter(branch: Branch) -> None:
    letter = branch.letter("anna")
    branch.arrive(read(branch.b, letter))
    with open_store(CONFIG, branch.b) as store:
        assert store.remove(PersonId("anna"))
    (said,) = branch.arrive(read(branch.b, letter))
    assert "was removed here for good" in said
    (said,) = branch.arrive(read(branch.b, branch.letter("anna")))
    assert "was removed here for good" in said
    with open_store(CONFIG, branch.b) as store:
        assert store.people() == ()


def test_an_id_or_a_face_that_is_somebody_elses_here_is_refused_and_written_down(branch: Branch) -> None:
    with open_store(CONFIG, branch.b, create=True) as store:
        store.add(agreed("bob", "Another Bob"), [template(0, 0, 1)])
        eve = store.add(agreed("eve", "Eve"), [template(1, 0.1, 0)])
    anna, bob = branch.arrive(read(branch.b, branch.letter()))
    assert f"enrolled already under another id, as {eve.handle}" in anna
    assert "is somebody else's here" in bob
    assert branch.written == [(Occasion.DUPLICATE, eve.handle)]


def test_whoever_cannot_be_compared_or_did_not_agree_is_refused(branch: Branch) -> None:
    with open_store(CONFIG, branch.a) as store:
        store.add(agreed("old", "Old"), [template(1, 1, space=Space("older", "b" * 64, "1"))])
        store.add(NewPerson(PersonId("none"), "None"), [])
    people = {one.id: one for one in read(branch.b, branch.letter())}
    old, none = branch.arrive([people["old"], people["none"]])
    assert "has no template of the model that runs here" in old
    assert "without their consent" in none
    with open_store(CONFIG, branch.b) as store, pytest.raises(EnrolError, match="'2026-1' does not count"):
        branch.desk(store, ("2026-2",)).take_in(people["bob"], 5e9)


@pytest.fixture(scope="module")
def sent(folder: Path) -> tuple[Branch, bytes]:
    two = founded(folder)
    return two, two.letter()


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_letter_that_was_changed_anywhere_is_refused(sent: tuple[Branch, bytes], data: st.DataObject) -> None:
    two, letter = sent
    place = data.draw(st.integers(0, len(letter) - 1))
    changed = bytearray(letter)
    changed[place] ^= data.draw(st.integers(1, 255))
    torn = letter[:place]
    for one in (bytes(changed), torn):
        with pytest.raises((SealError, SignatureError)):
            read(two.b, one)


@given(st.binary(max_size=300))
def test_what_is_no_letter_is_an_error_of_one_line(sent: tuple[Branch, bytes], rubbish: bytes) -> None:
    for one in (rubbish, b"edge-people-1\n" + rubbish):
        with pytest.raises((SealError, SignatureError)) as caught:
            read(sent[0].b, one)
        assert "\n" not in str(caught.value)
