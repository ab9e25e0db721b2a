"""What happens to one door that runs: a random mixture of all that must never energise the lock, and of what may.

Every deed is done and seen through before the next, so that each change of an output has a deed to answer for it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from edge.access.happenings import Part
from edge.errors import LinkError
from edge.link.messages import Raise, Refused, Tell
from edge.link.questions import Reload
from edge.values import Alarm, Answer, Done, Handle, Order, OrderKind, Reason
from tests.boots.lines import LOCK, PULSE_S
from tests.boots.site import SOON_S, ask, report, until
from tests.boots.talk import SHORT_S, Talk, claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.boots.oracle import Cause

OLDEST_S = 0.7
AGES_S = (0.9, 5.0, 3600.0, -5.0)
GARBAGE = (b"", b"\x00", b"{}", b'{"type":"identified"}', b'{"type":"hello","live":true,"version":99}', b"[" * 9000)


@dataclass
class Story(Talk):
    """A door that runs, and whoever stands before it.

    Attributes:
        watched: What the alarms of inputs may show.
        born_spoilt: Whether the exit button's line could not be opened when the door was started.
    """

    born_spoilt: bool = False
    watched: dict[Part, Cause] = field(default_factory=dict)

    def run(self, deeds: int) -> None:
        """Do so many things.

        Raises:
            GoneError: The door is no more.
        """
        chance = self.site.chance
        kinds: dict[Callable[[], None], int] = {
            self.connect: 6,
            self.disconnect: 2,
            self.claim: 8,
            self.replay: 6,
            self.garbage: 3,
            self.order: 5,
            self.exit: 4,
            self.contact: 3,
            self.tamper: 2,
            self.fire: 1,
            self.reload: 3,
            self.clock: 3,
            self.tell: 3,
            self.refuse: 2,
            self.spoil: 1,
        }
        try:
            if chance.random() < 0.6:
                self.connect()
            for _ in range(deeds):
                (deed,) = chance.choices(list(kinds), list(kinds.values()))
                self.site.counts[deed.__name__] += 1
                began = time.monotonic()
                try:
                    deed()
                except LinkError:  # turned away: the session is over, and must be begun anew
                    self._hung_up()
                self.site.hold(began)
        finally:
            if self.end is not None:
                self.end.close()

    def claim(self) -> None:
        """The terminal says that somebody is there: fresh or stale, in its own session or in another."""
        chance, known = self.site.chance, self.site.known
        if self.end is None:
            return
        wrong = chance.choice(("", "", "", "", "session", "age", "end", "groups", "sequence"))  # one thing at a time
        own, ended = wrong != "session", wrong == "end"
        age_s = chance.choice(AGES_S) if wrong == "age" else 0.0
        groups = chance.choice(("staff", "guards")) if wrong == "groups" else known.groups
        sequence = known.last + (chance.choice((0, -1)) if wrong == "sequence" else chance.choice((1, 1, 2)))
        session = known.session if own else chance.choice(("0" * 16, *self.site.sessions[:-1]))
        said = claim(session, sequence, age_s, groups, 1.0 if ended else None)
        lawful = (
            own
            and known.live
            and sequence > known.last
            and not known.shut
            and not ended
            and 0.0 <= age_s <= OLDEST_S
            and groups == known.groups
        )
        cause = self.site.cause("grant") if lawful else None
        self.site.said.append(said)
        answer = self._say(said)
        if cause is not None:
            cause.until = time.monotonic()
        if not isinstance(answer, Answer):
            return
        if own:
            known.last = max(known.last, sequence)
        if answer.opened and not lawful:
            self.site.faults.append(f"a claim that must open nothing was answered {answer}")
        if lawful and not answer.opened and answer.reason is not Reason.STALE and known.lock_down is False:
            self.site.faults.append(f"a lawful claim was answered {answer}")

    def replay(self) -> None:
        """Somebody sends again what was sent before: in this session, or in one of this boot or of an earlier one."""
        chance = self.site.chance
        if not self.site.said:
            return
        again = chance.choice(self.site.said)
        how = chance.choice(("here", "greeted", "raw"))
        if chance.random() < 0.6:  # at once, while its picture is still fresh
            self.claim()
            again = self.site.said[-1]
        if how == "greeted" or (how == "here" and self.end is None):
            self.connect()
        if how != "raw":
            answer = self._say(again)
            if isinstance(answer, Answer) and answer.opened:
                self.site.faults.append(f"a replayed claim was answered {answer}")
            return
        self._alone(again)

    def garbage(self) -> None:
        """Somebody sends what is no message; on the terminal's own connection that ends it."""
        chance = self.site.chance
        data = chance.choice((*GARBAGE, chance.randbytes(chance.randrange(1, 300)), b"x" * 70_000))
        if self.end is None or chance.random() < 0.5:
            self._alone(data)
            return
        self._say(data or b"\n")

    def order(self) -> None:
        """An operator orders something, or somebody who does not say why."""
        chance, known = self.site.chance, self.site.known
        weights = dict.fromkeys(OrderKind, 1) | {OrderKind.UNLOCK: 4, OrderKind.LOCK_DOWN: 3, OrderKind.NORMAL: 6}
        (kind,) = chance.choices(list(weights), list(weights.values()))
        seconds = chance.choice((0.0, 0.0, 0.2, -1.0, 1e9)) if kind is OrderKind.UNLOCK else 0.0
        operator = chance.choice(("eve", "eve", "eve", " "))
        order = Order(kind=kind, operator=operator, why="a drill", seconds=seconds, handle=Handle("a1"))
        sound = bool(operator.strip()) and 0.0 <= seconds <= 15.0
        opens = kind in {OrderKind.UNLOCK, OrderKind.FREE_ACCESS}
        lawful = sound and not (opens and known.shut)
        cause = self.site.cause("order", seconds or PULSE_S) if kind is OrderKind.UNLOCK and lawful else None
        doubt = kind in {OrderKind.LOCK_DOWN, OrderKind.NORMAL} and sound
        before, known.lock_down = known.lock_down, None if doubt else known.lock_down
        if kind is OrderKind.FREE_ACCESS and lawful:
            known.free = True
            self.site.hold(time.monotonic())
        done = ask(self.site, self.hand, order)
        known.lock_down = before
        if cause is not None:
            cause.until = time.monotonic()
        if not isinstance(done, Done) or done.done is not lawful:
            if not (opens and before is None) and kind is not OrderKind.CONFIRM_CLOCK:  # a wrong clock is refused
                self.site.faults.append(f"{order} was answered {done}")
            known.free = known.free and kind is not OrderKind.FREE_ACCESS
        elif done.done:
            self._obeyed(kind, done)

    def exit(self) -> None:
        """Somebody presses the exit button, or lets go of it."""
        known = self.site.known
        if known.exit_spoilt:
            return
        if Part.EXIT in known.active:
            self._drive(Part.EXIT, active=False)
            return
        if not known.hold:
            until(self.site, self.hand, lambda: not self.site.tape.on(LOCK), "the lock was locked again")
        cause = self.site.cause("exit button")
        self._drive(Part.EXIT, active=True)
        if known.hold:
            cause.until = time.monotonic() + 1.0  # it changes nothing that can be seen
            return
        opened = partial(self.site.tape.switched_on, LOCK, cause.since)
        until(self.site, self.hand, opened, f"the exit button, pressed at {cause.since:.3f}, opened")
        cause.until = time.monotonic()

    def contact(self) -> None:
        """The door is opened or closed: lawfully, by force, or for too long."""
        self._toggle(Part.CONTACT, lambda active: report(self.site, self.hand).open is active)

    def tamper(self) -> None:
        """The terminal is opened or closed."""
        self._toggle(Part.TAMPER, lambda active: (Alarm.TAMPER in report(self.site, self.hand).alarms) is active)

    def fire(self) -> None:
        """There is a fire, or no longer."""
        self._toggle(Part.FIRE, lambda active: (report(self.site, self.hand).held_by == "fire") is active)

    def reload(self) -> None:
        """The configuration is read again: other rules, or faults."""
        chance, known = self.site.chance, self.site.known
        if chance.random() < 0.4:
            self.site.config.write_text(chance.choice(("[door]\npulse_s = 'long'\n", "[", 'board = "toaster"\n[x]\n')))
            lawful = False
        else:
            known.groups = chance.choice(("staff", "staff", "guards"))
            known.tamper_counts = chance.random() < 0.7
            self.site.hold(time.monotonic())
            self.site.write()
            lawful = True
        done = ask(self.site, self.hand, Reload("eve"))
        if not isinstance(done, Done) or done.done is not lawful:
            self.site.faults.append(f"a configuration was answered {done}")

    def clock(self) -> None:
        """Somebody sets the clock: to the beginning, ten years on, or backwards."""
        self.hand.set_clock(self.site.chance.choice((0.0, time.time() + 3650 * 86400, time.time() - 1e7, time.time())))

    def tell(self) -> None:
        """The terminal has something to show."""
        if self.end is None or not self.site.known.session:
            return
        signal = self.site.chance.choice(("good", "refused", "attention", "idle", "open sesame"))
        now = time.monotonic()
        if self.told is not None:
            self.told.until = min(self.told.until, now + 1.0)
        self.told = self.site.show(signal)
        self.told.until = now + SOON_S if signal == "attention" else now + SHORT_S
        self._send(Tell(signal, "nod", "Nod."))
        report(self.site, self.hand)

    def refuse(self) -> None:
        """The terminal turned somebody away, or cannot see."""
        said = self.site.chance.choice((Refused(1.0, 1, Reason.UNKNOWN), Raise(Alarm.CAMERA, on=True, words="dark")))
        self._send(said)

    def spoil(self) -> None:
        """The exit button's line cannot be read any more, or can again."""
        known = self.site.known
        if self.born_spoilt:  # it is tried again after five seconds
            return
        known.exit_spoilt = not known.exit_spoilt
        self.site.hold(time.monotonic())
        self.hand.spoil(unreadable=known.exit_spoilt)
        faulty = known.exit_spoilt
        until(
            self.site,
            self.hand,
            lambda: (Alarm.EXIT_FAULT in report(self.site, self.hand).alarms) is faulty,
            "the exit button's line was found faulty, or mended",
        )

    def _obeyed(self, kind: OrderKind, done: Done) -> None:
        known = self.site.known
        if kind in {OrderKind.LOCK_DOWN, OrderKind.NORMAL}:
            known.free = False
            known.lock_down = kind is OrderKind.LOCK_DOWN
            known.unsure = bool(done.words)  # a power cut may undo it

    def _toggle(self, part: Part, seen: Callable[[bool], bool]) -> None:
        active = part not in self.site.known.active
        if active:
            self.watched[part] = self.site.show(part)
        self._drive(part, active=active)
        until(self.site, self.hand, lambda: seen(active), f"the {part} became {active}")
        if not active and part in self.watched:
            self.watched.pop(part).until = time.monotonic() + 1.0

    def _drive(self, part: Part, *, active: bool) -> None:
        known = self.site.known
        (known.active.add if active else known.active.discard)(part)
        self.site.hold(time.monotonic()) if active else None
        self.hand.drive(part, active=active)
