"""What the terminal verifies people for, and who may ask it to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from edge.values.assurance import Assurance, Confirmation  # noqa: TC001 - the configuration is read by these types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.config.settings import Config

Named = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
User = Annotated[str, Meta(pattern="^[a-z0-9_][a-z0-9_.-]{0,63}$")]

PAYMENT = "payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What somebody is verified for (1:1), and what that takes. Whoever asks may ask for more, never for less.

    Attributes:
        name: What callers name it by.
        kind: What it is; a "payment" always takes an active challenge, a confirmation on the keypad, and limits.
        fmr: False-match rate of the comparison, however many templates the person has; none laxer than decision.fmr.
        liveness: "active" asks for movements drawn at random; "passive" for what liveness.mode asks.
        confirm: Whether the person confirms on the keypad what it is for: # for yes, * for no.
        max_amount: The largest amount that may be asked for; 0 takes no amounts.
        window_s: How long somebody has to be verified.
        confirm_s: How long they have for the keypad after that.
        attempts: How many tracks a request may judge before it is refused.
        daily: How often a person may be verified for this on one day; 0 is as often as they like.
    """

    name: Named
    kind: Literal["identity", "desk", "payment"] = "identity"
    fmr: Annotated[float, Meta(gt=0, le=0.1)] = 1e-4
    liveness: Assurance = "passive"
    confirm: Confirmation = "none"
    max_amount: Annotated[float, Meta(ge=0, le=1e9)] = 0.0
    window_s: Annotated[float, Meta(ge=5, le=120)] = 30.0
    confirm_s: Annotated[float, Meta(ge=5, le=60)] = 20.0
    attempts: Annotated[int, Meta(ge=1, le=3)] = 1
    daily: Annotated[int, Meta(ge=0, le=1000)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Who may ask the running terminal for verifications, at its own socket.

    Attributes:
        users: Users of this machine; its own user and root always may.
        groups: Members of these groups of this machine may, too.
        queue: How many requests may wait while one is answered; more are turned away.
    """

    users: tuple[User, ...] = ()
    groups: tuple[User, ...] = ()
    queue: Annotated[int, Meta(ge=0, le=16)] = 4


def purpose_contradictions(config: Config) -> Iterator[tuple[frozenset[str], str]]:
    """Yield what makes a purpose impossible, or weaker than what it is called."""
    for name, times in Counter(purpose.name for purpose in config.purposes).items():
        if times > 1:
            yield frozenset({"purposes"}), f'purposes: "{name}" is named {times} times'
    for number, purpose in enumerate(config.purposes, start=1):
        for fault in _faults(purpose, config):
            yield frozenset({"purposes"}), f'purposes[{number}].{fault} (purpose "{purpose.name}")'


def _faults(purpose: Purpose, config: Config) -> Iterator[str]:
    if purpose.fmr > config.decision.fmr:
        yield f"fmr: must not be laxer than decision.fmr = {config.decision.fmr:g}"
    if config.liveness.mode == "off":
        yield "liveness: liveness.mode is off, and nobody is verified without it"
    if purpose.confirm == "keypad" and not _has_keypad(config):
        yield "confirm: this terminal has no keypad: name its lines or its device in [keypad]"
    if PAYMENT not in {purpose.kind, purpose.name}:
        return
    if purpose.liveness != "active":
        yield 'liveness: a payment takes an active challenge: set it to "active"'
    if purpose.confirm != "keypad":
        yield 'confirm: a payment is confirmed by the person at the terminal: set it to "keypad"'
    if purpose.max_amount <= 0:
        yield "max_amount: a payment has a limit: set the largest amount"
    if purpose.daily < 1:
        yield "daily: a payment has a limit: set how many a person may make on one day"


def _has_keypad(config: Config) -> bool:
    return config.board == "fake" or bool(config.keypad.rows or config.keypad.device)
