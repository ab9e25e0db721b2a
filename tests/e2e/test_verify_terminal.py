"""`edge verify --purpose` asks a terminal that runs, and `edge receipt verify` believes its receipt and no other."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import cv2
import msgspec
import pytest

from edge.access.receipt import Expected, disagreements
from edge.app.identity import public_file
from edge.app.places import places
from edge.cli.receipt import ReceiptReport
from edge.values import Occasion, Reason
from tests.acting import SIZE, film
from tests.e2e.commands import AGREED, SLOW, Running, decisions, edge, journal, play, until
from tests.staging import LAP_S, wandering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.commands import Done
    from tests.staging import Cast

pytestmark = [pytest.mark.pictures, pytest.mark.long]

FPS = 4
"""So few that a slow machine keeps up: a film whose frames come late is one of somebody in slow motion."""
PURPOSES = """
[[purposes]]
name = "desk"
[[purposes]]
name = "account"
fmr = 2e-5
"""


@pytest.fixture
def terminal(cast: Cast, data: Path, tmp_path: Path, pictures: Path) -> Iterator[Running]:
    """A terminal before which Barack looks around for as long as it runs; Joe is enrolled, too.

    He never moves as he did a few seconds before: the cue of time would rightly take that for a loop.
    """
    edge("enrol", "--data", data, *AGREED, "--id", "joe", "--name", "Joe", pictures / "biden.jpg")
    video = tmp_path / "barack.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), FPS, SIZE)
    for one in film(LAP_S, FPS, lambda at, _: cast.bo.head(wandering(at), cast.wall)):
        writer.write(one.pixels)
    writer.release()
    config = play(tmp_path, pictures, liveness="passive", paced="true", loop="true", fps=f"{FPS:.1f}")
    config.write_text(config.read_text() + SLOW + PURPOSES)
    words = ("run", "--config", config, "--board", "pc", "--source", video, "--data", data, "--json")
    running = Running(tmp_path / "run", "-m", "edge", *words)
    try:
        until(places(data).terminal_socket.exists)
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)


def test_a_teller_s_day(terminal: Running, data: Path, tmp_path: Path, pictures: Path) -> None:
    def verify(*words: str | Path) -> tuple[Done, ReceiptReport]:
        done = edge("verify", "--data", data, "--json", *words)
        return done, msgspec.json.decode(done.out, type=ReceiptReport)

    until(lambda: any(one.opened for one in decisions(terminal.out)))  # the door opens before
    done, right = verify("--id", "bo", "--purpose", "desk", "--nonce", "nonce-0001", "--out", tmp_path / "r.jws")
    assert (done.code, right.result) == (0, "verified")
    _, again = verify("--id", "bo", "--purpose", "desk", "--nonce", "nonce-0001")
    assert again.text == right.text
    done, replayed = verify("--id", "joe", "--purpose", "desk", "--nonce", "nonce-0001")
    assert (done.code, replayed.reason) == (1, Reason.REPLAYED)
    done, portrayed = verify("--reference", pictures / "obama2.jpg", "--purpose", "account", "--text", "New account")
    assert (done.code, portrayed.result) == (0, "verified")
    assert portrayed.receipt is not None
    assert (portrayed.receipt.person, portrayed.receipt.live) == (None, False)
    done, wrong = verify("--id", "joe", "--purpose", "desk")
    assert (done.code, wrong.reason) == (1, Reason.UNKNOWN)
    opened = [event.occasion for event in journal(data) if event.occasion in {Occasion.GRANTED, Occasion.VERIFIED}]
    assert opened[0] is Occasion.GRANTED
    assert opened.count(Occasion.VERIFIED) == 3  # what was replayed asked nobody
    assert "New account" not in "".join(event.sentence for event in journal(data))

    key = public_file(places(data))
    believed = edge("receipt", "verify", tmp_path / "r.jws", "--key", key, "--nonce", "nonce-0001", "--allow-replay")
    assert (believed.code, believed.out[:9]) == (0, "verified:")
    assert edge("receipt", "verify", tmp_path / "r.jws", "--key", key).code == 1  # made before a replay (S11)
    other = edge("receipt", "verify", right.text, "--key", key, "--nonce", "nonce-0002", "--allow-replay")
    assert (other.code, "its nonce is" in other.out) == (1, True)
    portrait = ("--portrait", pictures / "obama2.jpg", "--text", "New account", "--allow-replay", "--json")
    told = msgspec.json.decode(
        edge("receipt", "verify", portrayed.text, "--key", key, *portrait).out, type=ReceiptReport
    )
    assert (told.genuine, told.faults) == (True, ())
    assert told.receipt is not None
    assert disagreements(told.receipt, Expected()) != ()
    forged = right.text[:-8] + ("A" * 8 if right.text[-8:] != "A" * 8 else "B" * 8)
    assert edge("receipt", "verify", forged, "--key", key).code == 3


def test_without_a_terminal_the_caller_is_told_so(tmp_path: Path) -> None:
    done = edge("verify", "--data", tmp_path, "--id", "bo", "--purpose", "desk")
    assert (done.code, "does it run?" in done.fault) == (8, True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--purpose", "desk"), "name one of --id"),
        (("--id", "bo"), "name a PHOTO"),
        (("--id", "bo", "--purpose", "desk", "a.jpg"), "PHOTO is compared with --id alone"),
        (("--id", "bo", "--handle", "h", "--purpose", "desk"), "name one of --id"),
        (("--id", "bo", "--purpose", "desk", "--amount", "-5"), "amount"),
        (("--id", "bo", "--purpose", "desk", "--nonce", "short"), "nonce"),
    ],
)
def test_wrong_words_are_told_as_such(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    done = edge("verify", "--data", tmp_path, *words)
    assert done.code == 2
    assert told in done.err
