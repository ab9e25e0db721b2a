"""Plays what a clip showed to the terminal's own loop and decision, with a door that lets everybody in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from edge.access import decide
from edge.access.decide import State
from edge.loop import Terminal, run
from edge.values import Answer, Handle, Person, Reason, Sighting
from edge.vision.pipeline import Memory
from hw.base import CameraEndError, CameraIdentity, Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from edge.access.attempt import Rule
    from edge.eval.clips import Glance
    from edge.values import Credential, PersonId, Search, Verdict

_AFTER_S = 1.0
"""How long after a clip's last frame the face is gone, so that its last track is decided, too."""

NOBODY, NO_FACE, RIGHT, SPARED, WRONG = "nobody", "no face", "right", "spared", "wrong"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One track: somebody stood before the door, and something was decided or not.

    Attributes:
        track: Its number.
        reason: What became of it; None when nothing was decided.
        person: Whom the door was opened for.
        seconds: From the first frame with the face to the decision, in the time of the clip.
        frames: How many frames that was, both counted.
        walked_on: Whether nothing was decided only because somebody had been let in just before, whom the terminal does
            not report again: from a fresh start the same frames would have been decided.
    """

    track: int
    reason: Reason | None = None
    person: PersonId | None = None
    seconds: float | None = None
    frames: int | None = None
    walked_on: bool = False


def matched(glances: Iterable[Glance], search: Search) -> tuple[Sighting, ...]:
    """Return the sightings with the matches of a gallery."""
    return tuple(
        replace(one.sighting, match=search(one.probe)) if one.probe is not None else one.sighting for one in glances
    )


def replay(sightings: Sequence[Sighting], rule: Rule) -> tuple[Transaction, ...]:
    """Run the terminal's loop over what was seen, from a fresh start; afterwards the face is gone.

    Args:
        sightings: Of consecutive frames, each with its match.
        rule: What a track must show.
    """
    seen: list[tuple[Sighting, Verdict | None, Reason | None]] = []
    after = sightings[-1].at + _AFTER_S if sightings else 0.0
    shown = (*sightings, Sighting(after, len(sightings)))

    def see(frame: Frame, memory: Memory) -> tuple[Sighting, Memory]:
        return shown[frame.sequence], memory

    terminal = Terminal(
        camera=_Reel(shown),
        see=see,
        step=partial(decide.step, rule=rule),
        roster=lambda person: Person(person, Handle(person), person),
        door=_OpenDoor(),
        settle=partial(decide.settle, rule=rule),
        tell=lambda *_: None,
        observe=lambda _, sighting, verdict, outcome: seen.append((sighting, verdict, outcome)),
    )
    run(terminal, State(), Memory(), lambda: False)
    return tuple(_told_apart(_transactions(seen), sightings, rule))


def _told_apart(done: Iterable[Transaction], sightings: Sequence[Sighting], rule: Rule) -> Iterator[Transaction]:
    """Yield the transactions, and say which of the undecided ones are somebody's who was let in before."""
    opened = False
    for one in done:
        if one.reason is None and opened:
            alone = replay([shown for shown in sightings if shown.track == one.track], rule)
            yield replace(one, walked_on=any(again.reason is not None for again in alone))
        else:
            yield one
        opened = opened or one.person is not None


def word(sighting: Sighting, person: str, rule: Rule) -> str:
    """Say in a word what one frame shows: who, if anybody, or what is wrong with the view."""
    if sighting.quality is None:
        return NO_FACE
    if not sighting.quality.good:
        return f"poor view: {sighting.quality.flaws[0]}"
    if sighting.spared:
        return SPARED
    voted = decide.vote(sighting, rule).person
    if voted is None:
        return NOBODY
    return RIGHT if voted == person else WRONG


def words(sightings: Iterable[Sighting], person: str, rule: Rule) -> Counter[str]:
    """Count what the frames show."""
    return Counter(word(one, person, rule) for one in sightings)


def _transactions(seen: list[tuple[Sighting, Verdict | None, Reason | None]]) -> tuple[Transaction, ...]:
    """Return the tracks in their order; what was decided last of each counts, unless it was let in before."""
    times: dict[int, list[float]] = {}
    found: dict[int, Transaction] = {}
    for sighting, verdict, outcome in seen:
        if sighting.track is not None and (sighting.quality is not None or sighting.track in times):
            times.setdefault(sighting.track, []).append(sighting.at)
        if verdict is None or outcome is None:
            continue
        before = times[verdict.track]
        if verdict.track not in found or found[verdict.track].person is None:
            found[verdict.track] = Transaction(
                track=verdict.track,
                reason=outcome,
                person=verdict.person if outcome is Reason.GRANTED else None,
                seconds=verdict.at - before[0],
                frames=sum(at <= verdict.at for at in before),
            )
    return tuple(found.get(track, Transaction(track)) for track in times)


class _Reel:
    """Gives one empty frame for each thing that was seen."""

    identity = CameraIdentity("eval", "clip", "", replayed=True)

    def __init__(self, shown: Sequence[Sighting]) -> None:
        self._frames = iter([Frame(_DARK, one.at, place) for place, one in enumerate(shown)])

    def capture(self, timeout_s: float) -> Frame:
        del timeout_s
        frame = next(self._frames, None)
        if frame is None:
            raise CameraEndError("shown to its end")
        return frame

    def close(self) -> None:
        self._frames = iter(())


class _OpenDoor:
    """Lets in whomever the terminal recognises."""

    def identify(self, person: Person, verdict: Verdict, shown: tuple[Credential, ...] = ()) -> Answer:
        del person, verdict, shown
        return Answer(0, opened=True, reason=Reason.GRANTED)

    def report(self, verdict: Verdict, handle: Handle | None) -> None:
        del verdict, handle

    def close(self) -> None:
        """Nothing was opened."""


_DARK = np.zeros((1, 1, 3), np.uint8)
