"""Prints the decisions of a running terminal, for people or for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import msgspec
from rich.console import Console
from rich.markup import escape

from edge.cli.reports import Decision
from edge.values import SENTENCES, SIGNS, Reason, request

if TYPE_CHECKING:
    from edge.config import Config
    from edge.values import Sighting, Verdict
    from hw.base import Board, Frame


class Announcer:
    """Told of every frame; prints a line for each decision."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(highlight=False)
        self._decisions = 0
        self._shown = ""

    def begin(self, config: Config, board: Board) -> None:
        """Say what runs, and in so many words what does not protect."""
        if config.liveness.mode == "off":
            click.echo("LIVENESS OFF: a photograph would be taken for its person", err=True)
        lock = "a real lock" if board.physical_lock else "a simulated lock"
        click.echo(f"board {board.name}, {lock}, camera {config.camera.source or 'of the board'}", err=True)

    def end(self, frames: int) -> None:
        """Say how it went."""
        click.echo(f"{frames} frames seen, {self._decisions} decisions; the door is locked", err=True)

    def __call__(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        """Print a decision, if one fell on this frame."""
        if sighting.box is not None:
            self._shown = frame.origin  # a refusal falls when the face is gone, on a frame that shows something else
        if verdict is None or outcome is None:
            return
        self._decisions += 1
        if self._as_json:
            click.echo(msgspec.json.encode(decision(self._shown, verdict, outcome)).decode())
        else:
            self._console.print(line(self._shown, verdict, outcome), soft_wrap=True)


def decision(source: str, verdict: Verdict, outcome: Reason) -> Decision:
    """Return what machines are told of a decision."""
    evidence = verdict.evidence
    return Decision(
        at=verdict.at,
        track=verdict.track,
        opened=outcome is Reason.GRANTED,
        reason=outcome,
        sentence=SENTENCES[outcome],
        person=verdict.person,
        similarity=evidence.similarity if evidence else None,
        threshold=evidence.threshold if evidence else None,
        margin=evidence.margin if evidence else None,
        liveness=evidence.liveness if evidence else None,
        flaws=verdict.flaws,
        sign=verdict.sign,
        saw=SIGNS[verdict.sign] if verdict.sign else None,
        advice=request(outcome, verdict.flaws),
        source=source,
    )


def line(source: str, verdict: Verdict, outcome: Reason) -> str:
    """Return what people are told of a decision, with rich's colours."""
    opened = outcome is Reason.GRANTED
    word = "[bold green]OPEN  [/]" if opened else "[bold red]LOCKED[/]"
    who = verdict.person or "somebody"
    parts = [f"{word} {who}: {SENTENCES[outcome]}"]
    if verdict.sign is not None:
        parts.append(SIGNS[verdict.sign])
    if verdict.evidence is not None:
        parts.append(f"similarity {verdict.evidence.similarity:.2f} of {verdict.evidence.threshold:.2f}")
    asked = request(outcome, verdict.flaws)
    if asked:
        parts.append(asked)
    if source:
        parts.append(escape(source))
    return " · ".join(parts)
