"""What an item wants to see: judged by the door's report and by what its journal says was the cause. Pure.

A lock that is open proves nothing of a face: somebody may have pressed the exit button. So whatever is to be proven is
looked for by the event that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge.app.acceptance import latency
from edge.values import Alarm, Occasion, Reason, counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.journal.events import Event
    from edge.link.questions import Report

    Judge = Callable[["Seen"], "Found | None"]

Result = Literal["pass", "fail", "skipped"]

STAYS_S = 30.0
"""For how long the door has to stay locked before whoever is to be refused."""
SAMPLES = 5
"""Of how many faces the times are taken at least."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of the door so far.

    Attributes:
        report: What it says of itself at this moment.
        events: What its journal says since the item began, oldest first.
        since_s: Seconds since then.
        model: Which machine this is.
    """

    report: Report
    events: tuple[Event, ...] = ()
    since_s: float = 0.0
    model: str = ""

    def of(self, occasion: Occasion) -> list[Event]:
        """Return the events of a kind."""
        return [event for event in self.events if event.occasion is occasion]


@dataclass(frozen=True, slots=True)
class Found:
    """What came of an item, and what was measured."""

    result: Result
    words: str


def opening(event: Event) -> str:
    """Return what unlocked the door, in words; empty for an event that did not."""
    match event.occasion:
        case Occasion.GRANTED:
            return "a face"
        case Occasion.EXIT:
            return "the exit button"
        case Occasion.ORDERED if event.reason is Reason.REMOTE_UNLOCK:
            return "an operator's order"
        case Occasion.UNLOCKED:
            return event.sentence or "what holds it open"
        case _:
            return ""


def instead(events: Iterable[Event]) -> str:
    """Return what happened in place of what was waited for; empty for nothing of note."""
    openings = dict.fromkeys(filter(None, map(opening, events)))
    refusals = dict.fromkeys(
        str(event.reason) for event in events if event.occasion is Occasion.REFUSED and event.reason is not None
    )
    words = [f"the door was opened by {' and by '.join(openings)}"] if openings else []
    words += [f"refused: {', '.join(refusals)}"] if refusals else []
    return "; ".join(words)


def told(report: Report) -> str:
    """Return what the door says of itself, where there was nothing for anybody to do."""
    terminal = "connected" if report.terminal else "not connected"
    return f"journal: {report.journal}; terminal: {terminal}; clock: {report.clock}"


def answers(seen: Seen) -> Found | None:
    """The door process answers, and can write its journal."""
    return Found("pass", f"it is {seen.report.status}, its journal is up") if seen.report.journal == "up" else None


def exit_button(seen: Seen) -> Found | None:
    """The exit button unlocked the door."""
    for event in seen.of(Occasion.EXIT):
        if event.relay_at is not None:
            took_ms = (event.relay_at - event.at) * 1e3
            return Found("pass", f"line switched {took_ms:.1f} ms after the process heard of it")
    return None


def relocks(seen: Seen) -> Found | None:
    """After an exit the door locked again."""
    pressed: Event | None = None
    for event in seen.events:
        if event.occasion is Occasion.EXIT:
            pressed = event
        elif event.occasion is Occasion.LOCKED and pressed is not None and not seen.report.unlocked:
            why = f" ({event.sentence})" if event.sentence else ""
            return Found("pass", f"locked {event.at - pressed.at:.2f} s after the press{why}")
    return None


def opened(seen: Seen) -> Found | None:
    """The contact showed that the unlocked door was opened; one that was forced says so in its words."""
    lawful = any(not event.sentence for event in seen.of(Occasion.OPENED))
    return Found("pass", "opened after an exit") if lawful and seen.of(Occasion.EXIT) else None


def closed(seen: Seen) -> Found | None:
    """The contact showed that the door was closed."""
    return Found("pass", "closed") if seen.of(Occasion.CLOSED) else None


def began(alarm: Alarm) -> Judge:
    """Return what waits for an alarm to begin."""
    return lambda seen: _alarm(seen, Occasion.ALARM_BEGUN, alarm)


def ended(alarm: Alarm) -> Judge:
    """Return what waits for an alarm to end."""
    return lambda seen: _alarm(seen, Occasion.ALARM_ENDED, alarm)


def _alarm(seen: Seen, occasion: Occasion, alarm: Alarm) -> Found | None:
    there = any(event.alarm is alarm for event in seen.of(occasion))
    return Found("pass", f"{alarm}: {occasion}") if there else None


def connected(seen: Seen) -> Found | None:
    """A terminal is connected."""
    return Found("pass", "connected") if seen.report.terminal else None


def clock(seen: Seen) -> Found | None:
    """The door believes its clock."""
    return Found("pass", "trusted") if seen.report.clock == "trusted" else None


def face(seen: Seen) -> Found | None:
    """A face was let in: no press and no order says "granted" in the journal."""
    for event in seen.of(Occasion.GRANTED):
        if event.evidence is None:
            continue
        live = event.evidence.liveness
        shown = "LIVENESS OFF" if live is None else f"liveness {live:.2f}"
        times = latency.to_relay((event,))
        took = f"{times[0] * 1e3:.0f} ms to the relay, " if times else ""
        return Found("pass", f"{took}{shown}, similarity {event.evidence.similarity:.2f}")
    return None


def faces_in_time(seen: Seen) -> Found | None:
    """Enough faces were let in to say how long it takes."""
    times = latency.to_relay(seen.events)
    if len(times) < SAMPLES:
        return None
    spread = latency.Spread.of(times)
    good = latency.within(spread, seen.model)
    budget = f"budget {latency.BUDGET_S * 1e3:.0f} ms" if latency.LIMITED in seen.model else "no budget here"
    return Found("pass" if good else "fail", f"{spread}; {budget}")


def refused(*reasons: Reason) -> Judge:
    """Return what waits for the refusal of a face for one of these reasons, and for a door that stays locked."""
    return lambda seen: _refused(seen, frozenset(reasons))


def _refused(seen: Seen, reasons: frozenset[Reason]) -> Found | None:
    for event in seen.events:
        if event.occasion is Occasion.GRANTED:
            return Found("fail", f"THE DOOR OPENED for them, as {event.handle}")
        if opening(event):
            return Found("fail", f"spoilt: the door was opened by {opening(event)}; keep away from it and repeat")
    found = [event for event in seen.of(Occasion.REFUSED) if event.track is not None and event.reason in reasons]
    if seen.since_s < STAYS_S or not found:
        return None
    why = ", ".join(dict.fromkeys(str(event.reason) for event in found))
    return Found("pass", f"refused {counted(len(found), 'time')} ({why}), locked for {STAYS_S:.0f} s")


def terminal_killed(seen: Seen) -> Found | None:
    """The terminal died while the door was unlocked: the door locked in time, opened for nothing, and it is back."""
    lost = seen.of(Occasion.SESSION_ENDED)
    exits, locks = seen.of(Occasion.EXIT), seen.of(Occasion.LOCKED)
    if not lost or not exits or not locks or seen.report.unlocked or not seen.report.terminal:
        return None
    if not any(event.at > lost[0].at for event in seen.of(Occasion.SESSION_BEGUN)):
        return None
    wrong = _opened_without_cause((event for event in seen.events if event.at > lost[0].at), lost[0].at)
    if wrong:
        return Found("fail", f"after it was killed the door was opened by {wrong}")
    return Found("pass", f"locked {locks[-1].at - exits[-1].at:.2f} s after the press; connected again")


def door_killed(seen: Seen) -> Found | None:
    """The door process died while the door was unlocked: it is back, locked, and opened for nothing."""
    starts = seen.of(Occasion.DOOR_STARTED)
    if not starts or seen.report.unlocked:
        return None
    wrong = _opened_without_cause((event for event in seen.events if event.at > starts[0].at), starts[0].at)
    if wrong:
        return Found("fail", f"after it was killed the door was opened by {wrong}")
    exits = seen.of(Occasion.EXIT)
    after = f" {starts[0].at - exits[-1].at:.2f} s after the press" if exits else ""
    return Found("pass", f"started again{after}, and is locked")


def after_power_cut(events: tuple[Event, ...], started: float) -> Found | None:
    """Judge a journal in which there was a power cut: what stands last before it, and first after it.

    Args:
        events: The journal, oldest first.
        started: The wall time of the last start of the door process before the cut.

    Returns:
        None while the exit button was not pressed since.
    """
    starts = [number for number, event in enumerate(events) if event.occasion is Occasion.DOOR_STARTED]
    known = [place for place, number in enumerate(starts) if events[number].wall == started]
    place = known[-1] + 1 if known else len(starts) - 1
    if not 0 <= place < len(starts):
        return None
    before, start, after = events[: starts[place]], events[starts[place]], events[starts[place] + 1 :]
    ends = {Occasion.DOOR_STARTED, Occasion.DOOR_STOPPED}
    if next((event.occasion for event in reversed(before) if event.occasion in ends), None) is Occasion.DOOR_STOPPED:
        return Found("fail", "the door process was stopped in order: cut the power instead")
    for number, event in enumerate(after):
        if event.occasion is Occasion.EXIT:
            wrong, unlocked = _opened_without_cause(after[:number], start.at), _last_word(before)
            up = f"up {start.at:.1f} s after the kernel, exit button at {event.at:.1f} s"
            why = f"opened by {wrong}" if wrong else unlocked or "it was LOCKED when it was cut"
            return Found("pass" if unlocked and not wrong else "fail", f"{up}; {why}")
    return None


def _last_word(events: tuple[Event, ...]) -> str:
    """Return that the door was unlocked when the journal ends; empty where it says otherwise."""
    for event in reversed(events):
        if event.occasion is Occasion.LOCKED:
            return ""
        if opening(event):
            return f"unlocked by {opening(event)} when it was cut"
    return ""


def _opened_without_cause(events: Iterable[Event], since: float) -> str:
    """Return what opened the door though nobody was to do so; empty for nothing.

    A terminal may see somebody again, but no frame from before `since`, monotonic seconds (S2).
    """
    for event in events:
        old = event.frame_at is not None and event.frame_at < since
        if event.occasion is Occasion.GRANTED and not old:
            continue
        if opening(event):
            return f"{opening(event)} of before" if old else opening(event)
    return ""
