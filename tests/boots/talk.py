"""A terminal's connection to the door, raw: it says what no honest terminal would, and notes what it said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge.errors import LinkError
from edge.link import messages
from edge.link.client import dial, receive
from edge.link.messages import Hello, ToDoor, Welcome
from edge.link.notices import Notice
from edge.values import Credential, Evidence, Factor, Handle, Identified
from tests.boots.site import SOON_S, GoneError

if TYPE_CHECKING:
    import socket

    from tests.boots.oracle import Cause
    from tests.boots.site import Hand, Site

EVIDENCE = Evidence(similarity=0.8, margin=0.3, threshold=0.5, fmr=1e-5, votes=2, liveness=0.9, space="toy")
SHORT_S = 1.6
"""A word such as "good" is shown for so long."""


@dataclass
class Talk:
    """A terminal before a door that runs."""

    site: Site
    hand: Hand
    end: socket.socket | None = None
    told: Cause | None = None

    def connect(self) -> None:
        """A terminal greets, and takes the place of any other."""
        self._hung_up()
        try:
            self.end = dial(self.site.socket, SOON_S)
        except OSError as error:
            self._lost(error)
        live = self.site.chance.random() < 0.75
        welcome = self._say(messages.encode(Hello(live=live, why="" if live else "a replay")))
        if isinstance(welcome, Welcome):
            known = self.site.known
            self.site.sessions.append(welcome.session)
            known.session, known.live, known.last = welcome.session, live, 0

    def disconnect(self) -> None:
        """The terminal hangs up."""
        self._hung_up()

    def _send(self, message: ToDoor) -> None:
        """Say something that is not answered."""
        if self.end is not None:
            try:
                self.end.send(messages.encode(message))
            except OSError as error:
                self._lost(error)
                raise LinkError(str(error)) from error

    def _say(self, data: bytes) -> object:
        """Send on the terminal's connection, and return what comes back."""
        if self.end is None:
            raise LinkError("there is no connection")
        try:
            self.end.send(data)
            return _reply(self.end)
        except (OSError, LinkError) as error:
            self._lost(error)
            raise LinkError(str(error)) from error

    def _alone(self, data: bytes) -> None:
        """Send on a connection that nobody greeted on."""
        try:
            with dial(self.site.socket, SOON_S) as end:
                end.send(data or b"\n")
                receive(end, time.monotonic() + SOON_S)
        except (OSError, LinkError) as error:
            self._lost(error)
        else:
            self.site.faults.append(f"whoever did not greet was answered: {data[:40]!r}")

    def _lost(self, error: Exception) -> None:
        if not self.hand.alive():
            raise GoneError from error

    def _hung_up(self) -> None:
        if self.end is not None:
            self.end.close()
        self.end = None
        self.site.known.session = ""
        if self.told is not None:
            self.told.until = min(self.told.until, time.monotonic() + SHORT_S)


def _reply(end: socket.socket) -> object:
    """Return what is answered; what the door tells unasked, of its clock, is passed over."""
    until = time.monotonic() + SOON_S
    while isinstance(reply := receive(end, until), Notice):
        pass
    return reply


def claim(session: str, sequence: int, age_s: float, groups: str, valid_until: float | None) -> bytes:
    at = time.monotonic() - age_s
    return messages.encode(
        Identified(
            session=session,
            sequence=sequence,
            at=at,
            handle=Handle("a1"),
            groups=(groups,),
            valid_from=None,
            valid_until=valid_until,
            credentials=(Credential(Factor.FACE, at),),
            evidence=EVIDENCE,
        )
    )
