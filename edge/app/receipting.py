"""The receipt of a verification: written down, signed, and kept before it leaves.

A nonce is spent before anybody is asked, and its receipt is kept before it leaves (S7): the same question gets the same
receipt, another one with its nonce is refused, and of one that a crash cut off the receipt says so.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from edge.access import receipt as receipts
from edge.access.receipt import Reached, Receipt
from edge.app.verifying import barred
from edge.errors import JournalError
from edge.link import verification
from edge.link.messages import plain
from edge.values import Reason
from edge.values.assurance import stricter

if TYPE_CHECKING:
    from edge.app.claims import Claim
    from edge.app.verifying import Counter, Subject, TurnedAwayError
    from edge.link.verification import Verify

_log = logging.getLogger(__name__)

KEPT_S = 2 * 86_400.0
"""How long a nonce and its receipt are kept."""


def known(question: Verify, counter: Counter) -> str | None:
    """Spend the question's nonce; return its receipt where it was asked before, None where it is new.

    Raises:
        EdgeError: It cannot be kept.
    """
    mark = hashlib.sha256(verification.encode(question)).hexdigest()
    earlier = counter.ledger.spend(_name("verify", question), counter.wall() + KEPT_S, mark)
    if earlier is None:
        return None
    if earlier != mark:
        return counter.sign(stated(question, counter, Reason.REPLAYED))
    return _kept(question, counter, stated(question, counter, Reason.INTERRUPTED))


def concluded(question: Verify, subject: Subject, counter: Counter, outcome: Reason, asked: tuple[Claim, str]) -> str:
    """Return the receipt of a question that was open; it is written down and kept before.

    Args:
        question: What was asked.
        subject: Who was claimed.
        counter: The terminal.
        outcome: `VERIFIED`, or why not.
        asked: The claim that stood, and who asked.

    Raises:
        EdgeError: It cannot be kept; whoever asked gets no answer.
    """
    claim, asker = asked
    if outcome is Reason.VERIFIED:
        outcome = _withdrawn(subject, counter) or _over_limit(question, subject, counter) or outcome
    made = stated(question, counter, outcome, subject, claim)
    try:
        counter.audit(made, asker)
    except JournalError as error:
        _log.error("a verification was not written into the journal: %s", error)
        if outcome is Reason.VERIFIED:
            made = stated(question, counter, Reason.JOURNAL_DOWN, subject, claim)
    return _kept(question, counter, made)


def refused(question: Verify, counter: Counter, refusal: TurnedAwayError, asker: str) -> str:
    """Return the receipt of a question that nobody was asked, written down and kept before.

    Raises:
        EdgeError: It cannot be kept.
    """
    made = stated(question, counter, refusal.reason)
    if refusal.subject is not None:
        made = receipts.about(made, refusal.subject)
    try:
        counter.audit(made, asker)
    except JournalError as error:
        _log.error("a refused verification was not written into the journal: %s", error)
    return _kept(question, counter, made)


def stated(
    question: Verify, counter: Counter, reason: Reason, subject: Subject | None = None, claim: Claim | None = None
) -> Receipt:
    """Return what is stated of a question, whatever became of it."""
    purpose = counter.purposes.get(question.purpose)
    verified = reason is Reason.VERIFIED
    mode = "off" if claim is None else claim.rule.demand.settings.mode
    reached = Reached(
        factors=("face",),
        liveness="active" if mode == "challenge" else "none" if mode == "off" else "passive",
        challenge=mode == "challenge",
        confirmed=purpose.confirm if purpose else "none",
    )
    return Receipt(
        id=secrets.token_hex(16),
        result="verified" if verified else "refused",
        reason=reason,
        purpose=question.purpose,
        nonce=question.nonce,
        context=receipts.context_of(question.amount, question.text),
        person=subject.person.handle if subject and subject.person else None,
        portrait=question.portrait.sha256 if question.portrait else None,
        asked=stricter(purpose.liveness, question.assurance) if purpose else question.assurance,
        reached=reached if verified else Reached(),
        space=str(counter.search.space),
        fmr=purpose.fmr if purpose and claim else None,
        at=counter.wall(),
        clock=plain(counter.clock())[:200],
        terminal=plain(counter.name)[:200],
        live=counter.live,
        note=receipts.UNMEASURED if question.portrait else "",
    )


def _withdrawn(subject: Subject, counter: Counter) -> Reason | None:
    """Say what has become of the person since they were asked (S12)."""
    if subject.person is None:
        return None
    now = counter.person(subject.id)
    if now is None or now.handle != subject.person.handle:
        return Reason.REVOKED
    return barred(now, counter)


def _over_limit(question: Verify, subject: Subject, counter: Counter) -> Reason | None:
    """Spend one of the person's verifications of the day; each has a name of its own in the ledger."""
    purpose = counter.purposes[question.purpose]
    if not purpose.daily:
        return None
    now = counter.wall()
    day = datetime.fromtimestamp(now, UTC).date().isoformat()
    who = subject.person.handle if subject.person else subject.id
    names = (f"daily:{purpose.name}:{who}:{day}:{number}" for number in range(purpose.daily))
    free = any(counter.ledger.spend(name, now + KEPT_S, _name("verify", question)) is None for name in names)
    return None if free else Reason.OVER_LIMIT


def _kept(question: Verify, counter: Counter, made: Receipt) -> str:
    """Keep a receipt for good; where the question has one already, that one is returned."""
    signed = counter.sign(made)
    return counter.ledger.spend(_name("receipt", question), counter.wall() + KEPT_S, signed) or signed


def _name(what: str, question: Verify) -> str:
    return f"{what}:{hashlib.sha256(question.nonce.encode()).hexdigest()}"
