"""Walks a person through the items at the door, and writes down every attempt.

It asks the running door process what it sees, reads its journal, and asks the person what they see. It opens no line
and orders nothing; at the person's word it kills a process, as a fault would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edge.app.acceptance import seen as judging
from edge.app.acceptance.protocol import Cut, Outcome
from edge.app.acceptance.seen import Found, Seen
from edge.errors import JournalError, LinkError
from edge.values import Occasion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from edge.app.acceptance.facts import Around
    from edge.app.acceptance.items import Item
    from edge.app.acceptance.protocol import Book
    from edge.journal.events import Event
    from edge.link.questions import Report

DOOR, MACHINE = "edge-door", "this machine"
_EVERY_S = 0.2


class StopHereError(Exception):
    """The person goes on another time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The door and the person at it.

    Attributes:
        person: Who does the test.
        report: Asks the door process; raises LinkError when it does not answer.
        news: What its journal has said since the last time it was asked.
        journal: All of its journal.
        around: This machine.
        say: Shows the person a sentence.
        ask: Asks the person: a question, and the letters that it may be answered with, the first one by Enter alone.
        why: Asks the person for a reason.
        clock: Monotonic seconds.
        pause: Waits for so many seconds.
        today: The time as ISO 8601.
    """

    person: str
    report: Callable[[], Report]
    news: Callable[[], tuple[Event, ...]]
    journal: Callable[[], Iterable[Event]]
    around: Around
    say: Callable[[str], None]
    ask: Callable[[str, str], str]
    why: Callable[[], str]
    clock: Callable[[], float]
    pause: Callable[[float], None]
    today: Callable[[], str]


@dataclass(slots=True)
class Walk:
    """One run of the test.

    Attributes:
        site: The door and the person.
        book: Where every attempt is kept at once.
    """

    site: Site
    book: Book
    _events: list[Event] = field(default_factory=list, init=False)

    def through(self, items: Iterable[Item], repeat: frozenset[str] = frozenset()) -> Iterator[Outcome]:
        """Yield the outcome of every attempt at the items that have none yet, or are to be repeated.

        Raises:
            StopHereError: The person goes on another time.
            StoreError: The protocol cannot be written.
        """
        known = {outcome.name for outcome in self.book.outcomes} - repeat
        for item in items:
            again = item.name not in known
            while again:
                outcome = self._attempt(item)
                self.book.add(outcome)
                yield outcome
                again = outcome.result == "fail" and self._repeats(item)

    def _repeats(self, item: Item) -> bool:
        answer = self.site.ask(f"{item.name}: failed. [n]ext, [r]epeat it, [q]uit", "nrq")
        if answer == "q":
            raise StopHereError
        return answer == "r"

    def _attempt(self, item: Item) -> Outcome:
        self._events = []
        self._news()
        resumed = item.cuts and self.book.cut is not None and self.book.cut.boot != self.site.around.boot()
        skipped = None if resumed else self._begun(item)
        if skipped is not None:
            return self._outcome(item, skipped, self.site.person)
        if item.fact is not None:
            return self._outcome(item, self._fact(item), MACHINE)
        if item.cuts:
            return self._cut(item)
        if item.seen is None:
            return self._confirmed(item, Found("pass", ""))
        if item.kills:
            return self._killed(item)
        found = self._waited(item)
        return self._outcome(item, found, DOOR)

    def _begun(self, item: Item) -> Found | None:
        """Say what is to be done, and wait until the person begins; how it was skipped where they do not."""
        self.site.say(f"\n{item.name}" + (f": {item.ask}" if item.ask else ""))
        if not item.ask:
            return None
        answer = self.site.ask("[Enter] begin, [s]kip, [q]uit", "bsq")
        if answer == "q":
            raise StopHereError
        return Found("skipped", self._why()) if answer == "s" else None

    def _why(self) -> str:
        while not (words := self.site.why().strip()):
            self.site.say("Nothing is skipped without a reason.")
        return words

    def _confirmed(self, item: Item, found: Found) -> Outcome:
        """Have the person say whether it was so."""
        answer = self.site.ask(f"{item.confirm} [y]es, [n]o, [s]kip", "yns")
        if answer == "y":
            return self._outcome(item, found, self.site.person)
        words = "; ".join(filter(None, (found.words, self._why())))
        return self._outcome(item, Found("skipped" if answer == "s" else "fail", words), self.site.person)

    def _fact(self, item: Item) -> Found:
        found = self._polled(item, lambda: item.fact(self.site.around) if item.fact else None)
        return found or Found("fail", f"not seen within {item.wait_s:.0f} s")

    def _waited(self, item: Item) -> Found:
        """Wait for what the door is to show."""
        began = self.site.clock()
        if item.fresh:
            self._news()
            self._events = []
        trouble = told = ""

        def look() -> Found | None:
            nonlocal trouble, told
            try:
                report = self.site.report()
                self._news()
                trouble, told = "", judging.told(report)
            except (LinkError, JournalError) as error:
                trouble = str(error)
                return None
            since_s = self.site.clock() - began
            seen = Seen(report, tuple(self._events), since_s, self.site.around.model())
            return item.seen(seen) if item.seen else None

        found = self._polled(item, look)
        if found is not None:
            return found
        instead = trouble or (judging.instead(self._events) if item.ask else told)
        return Found("fail", f"not seen within {item.wait_s:.0f} s" + (f"; {instead}" if instead else ""))

    def _polled(self, item: Item, look: Callable[[], Found | None]) -> Found | None:
        began = self.site.clock()
        while self.site.clock() - began < item.wait_s:
            found = look()
            if found is not None:
                return found
            self.site.pause(_EVERY_S)
        return None

    def _killed(self, item: Item) -> Outcome:
        """Kill a process while the door is unlocked, and see what becomes of the lock."""
        try:
            report = self.site.report()
        except LinkError as error:
            return self._outcome(item, Found("fail", str(error)), DOOR)
        if not report.unlocked:
            return self._outcome(item, Found("fail", "it was locked again before Enter: be quicker"), DOOR)
        if not report.terminal:
            return self._outcome(item, Found("fail", "no terminal is connected: wait for it, and repeat"), DOOR)
        trouble = self.site.around.kill(item.kills)
        if trouble is not None:
            return self._outcome(item, trouble, MACHINE)
        found = self._waited(item)
        if found.result == "fail":
            return self._outcome(item, found, DOOR)
        self.site.say(found.words)
        return self._confirmed(item, found)

    def _cut(self, item: Item) -> Outcome:
        """Have the power cut: the test goes on in another run, after the machine was started again."""
        boot = self.site.around.boot()
        if self.book.cut is None or self.book.cut.boot == boot:
            starts = [event.wall for event in self.site.journal() if event.occasion is Occasion.DOOR_STARTED]
            self.book.announce(Cut(boot, starts[-1] if starts else 0.0))
            self.site.say("Press the exit button, and cut the power now; give it back, and run this command again.")
            self.site.ask("[Enter] when it was not cut", "b")
            self.book.cut = None
            return self._outcome(item, Found("fail", "the power was not cut: the machine was not restarted"), DOOR)
        started, self.book.cut = self.book.cut.started, None
        self.site.say(f"\n{item.name}: the machine was started again. Press the exit button now.")
        found = self._after_cut(item, started)
        if found is None:
            return self._outcome(item, Found("fail", "the exit button was not seen after the power cut"), DOOR)
        self.site.say(found.words)
        return self._outcome(item, found, DOOR) if found.result == "fail" else self._confirmed(item, found)

    def _after_cut(self, item: Item, started: float) -> Found | None:
        """Read the journal whenever there is news in it; it may be a long one."""
        read = False

        def look() -> Found | None:
            nonlocal read
            before = len(self._events)
            self._news()
            if read and len(self._events) == before:
                return None
            read = True
            return judging.after_power_cut(tuple(self.site.journal()), started)

        return self._polled(item, look)

    def _news(self) -> None:
        self._events += self.site.news()

    def _outcome(self, item: Item, found: Found, by: str) -> Outcome:
        return Outcome(item.name, found.result, found.words, by, self.site.today())
