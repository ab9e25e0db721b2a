"""`edge padtest`: an installer's self-test of liveness at a real door, with bounds on its error rates."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from edge.app import padtest
from edge.app.boards import board_of
from edge.app.bounds import AIM, CONFIDENCE
from edge.app.model_set import running
from edge.app.places import places
from edge.app.presentation import End
from edge.app.presenting import learn
from edge.app.settings import load_config
from edge.cli.eval.files import STDOUT, writable, write_report
from edge.cli.eval.options import INTERRUPTED, remark
from edge.cli.options import board_option, config_option
from edge.values import SIGNS, counted
from edge.values.challenge import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.app.padtest import PadtestReport, Plan, Tally, TrialReport
    from edge.app.presenting import Stand
    from edge.config import Config
    from edge.values import Move


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """The options, as they were typed."""

    live: int
    attacks: tuple[str, ...]
    limit_s: float
    yes: bool
    source: str | None
    board_name: str | None
    config_file: Path | None
    report_file: Path

    def plan(self) -> Plan:
        """Return what is to be presented.

        Raises:
            BadParameter: A species is not written as NAME=COUNT, or given twice, or there is nothing to present.
        """
        counts: dict[str, int] = {}
        for word in self.attacks:
            name, _, number = word.partition("=")
            if not (name.strip() and number.isdecimal() and 1 <= int(number) <= _MOST):
                raise click.BadParameter(f"{word}: write SPECIES=COUNT, such as print=20", param_hint="--attack")
            if name.strip() in counts:
                raise click.BadParameter(f"{name.strip()} is given twice", param_hint="--attack")
            counts[name.strip()] = int(number)
        if not (self.live or counts):
            raise click.UsageError("nothing to present: give --live COUNT, --attack SPECIES=COUNT, or both")
        return padtest.Plan(self.live, counts, self.limit_s)

    def config(self) -> Config:
        """Return what is tested."""
        config = load_config(self.config_file)
        if self.source is None:
            return config
        return dataclasses.replace(config, camera=dataclasses.replace(config.camera, source=self.source))


_MOST = 10_000
_EMPTY_S = 3.0


@click.command("padtest")
@click.option(
    "--live",
    type=click.IntRange(0, _MOST),
    default=0,
    metavar="COUNT",
    help="How often live people present their face.",
)
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    metavar="SPECIES=COUNT",
    help="How often a species of attack is held before the camera, such as print=20; repeatable.",
)
@click.option(
    "--limit-s",
    type=click.FloatRange(1, 600),
    default=15.0,
    show_default=True,
    help="How long one presentation may take, seconds.",
)
@click.option("--yes", is_flag=True, help="Do not wait for Enter before each presentation.")
@click.option("--source", help="A camera (/dev/video0), instead of the configured one; a replay only tries this out.")
@click.option(
    "--json",
    "report_file",
    metavar="OUT",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("padtest.json"),
    show_default=True,
    help="Where the report goes, as JSON; - for standard output.",
)
@board_option
@config_option
def command(**options: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Test liveness at this door: ask for presentations, watch the camera, and count what passed.

    The camera, the models and the policy are the terminal's own; no lock is opened, no door is told, and nobody is
    recognised. Stop the terminal first: it holds the camera. Use people and things that stand for those to come:
    other prints and other phones than those at hand may do better. Ctrl-C keeps what was counted.
    """
    asked = _Asked(**options)
    plan = asked.plan()
    config, board = asked.config(), board_of(asked.config(), asked.board_name)
    writable(asked.report_file)
    policy = padtest.policy_now(config, datetime.now().astimezone())
    with padtest.opened(config, board, policy, running(config, places())) as at:
        found, whole = _tested(plan, at, config, asked)
    write_report(found, asked.report_file)
    if asked.report_file != STDOUT:
        _print(found)
        remark(f"report: {asked.report_file}")
    if not whole:
        sys.exit(INTERRUPTED)


def _tested(plan: Plan, at: Stand, config: Config, asked: _Asked) -> tuple[PadtestReport, bool]:
    """Make the presentations, and say whether nobody broke it off."""
    began, made, whole = datetime.now(UTC), [], True
    if at.camera.identity.replayed:
        remark("REPLAYED SOURCE: these figures mean nothing for a door")
    try:
        _learn(at, asked)
        for trial in padtest.trials(plan, at, _asking(plan, asked), _say):
            made.append(trial)
            remark(f"  {_words(trial)}")
            remark(f"  {_tally(padtest.tally(made, trial.species))}")
    except (KeyboardInterrupt, EOFError):
        remark(f"broken off: {counted(len(made), 'presentation')} counted")
        whole = False
    return padtest.report(made, plan, config, at, began), whole


def _learn(at: Stand, asked: _Asked) -> None:
    """Show the eyes the scene without anybody; a replay's frames are too few to spend."""
    if not (asked.yes or at.camera.identity.replayed):
        _wait(f"First the empty scene: step out of the camera's view for {_EMPTY_S:g} s, and press Enter")
        learn(at, time.monotonic(), _EMPTY_S)


def _asking(plan: Plan, asked: _Asked) -> Callable[[int, str | None], float]:
    total = len(plan.order)

    def ask(number: int, species: str | None) -> float:
        what = "step before the camera" if species is None else f"hold the {species} before the camera"
        words = f"Presentation {number} of {total}: {what}"
        if asked.yes:
            remark(words)
        else:
            _wait(f"{words}, then press Enter")
        return time.monotonic()

    return ask


def _wait(words: str) -> None:
    """Wait for Enter.

    Raises:
        EOFError: Nobody is at the keyboard.
    """
    remark(words)
    if not sys.stdin.readline():
        raise EOFError


def _say(move: Move) -> None:
    remark(f"  > {WORDS[move]}")


def _words(trial: TrialReport, *, timed: bool = True) -> str:
    after = f" after {trial.seconds:.1f} s" if timed and trial.seconds is not None else ""
    if trial.end is End.NO_RESPONSE:
        return f"nothing was decided: {trial.why}"
    against = SIGNS[trial.sign] if trial.sign is not None else trial.cue
    return f"{trial.end}{after}" + (f": {against}" if against else "")


def _tally(found: Tally) -> str:
    if found.rate is None:
        return f"{found.species or 'live people'}: none presented"
    rate, wrong = ("BPCER", "did not pass") if found.species is None else ("APCER", "passed")
    words = f"{found.species or 'live people'}: {found.errors} of {found.trials} {wrong}: {rate} {found.rate:.1%}, "
    words += f"below {found.below:.1%} with {CONFIDENCE:.0%} confidence"
    words += f"; nothing decided {found.no_response} times" if found.no_response else ""
    if found.species is None or not found.more:
        return words
    return f"{words}; {counted(found.more, 'more presentation')} without an error for below {AIM:.0%}"


def _print(found: PadtestReport) -> None:
    if found.replayed:
        click.echo("REPLAYED SOURCE: these figures mean nothing for a door")
    click.echo(f"{found.began}, mode {found.mode}, camera {' '.join(word for word in found.camera if word)}")
    for one in found.tallies:
        click.echo(_tally(one))
        reasons = Counter(_words(trial, timed=False) for trial in found.trials if trial.species == one.species)
        for words, count in reasons.most_common():
            click.echo(f"  {count}: {words}")
    times = sorted(
        one.seconds for one in found.trials if one.species is None and one.end is End.PASSED and one.seconds is not None
    )
    if times:
        click.echo(f"time to pass: median {median(times):.1f} s, the slowest {times[-1]:.1f} s (of {len(times)})")
    if not found.complete:
        click.echo("the test did not come to its end")
    click.echo("people and things that were not tried may do otherwise")
