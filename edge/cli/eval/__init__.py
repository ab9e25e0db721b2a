"""`edge eval`: measuring on folders of pictures and clips (extra `eval`); each command is one file."""

from __future__ import annotations

import click

from edge.cli.lazy import LazyGroup

_COMMANDS = {
    "adapt": ("edge.cli.eval.adapt:command", "Simulate what adapted templates are worth, and attacks on them."),
    "attacks": ("edge.cli.eval.attacks:command", "Make presentation attacks from clips of people."),
    "bench": ("edge.cli.bench:command", "Time every stage, the search and the start-up on this machine."),
    "calibrate": (
        "edge.cli.eval.calibrate:command",
        "Measure an embedder's thresholds and keep them for its next build.",
    ),
    "challenge": ("edge.cli.eval.challenge:command", "Simulate challenges: films that pass, and time people take."),
    "detect": ("edge.cli.eval.detect:command", "Count faces missed and false alarms."),
    "duplicates": ("edge.cli.eval.duplicates:command", "Count second enrolments under another id that are found."),
    "groups": ("edge.cli.eval.groups:command", "Compare error rates between groups of people."),
    "identify": ("edge.cli.eval.identify:command", "Search people in galleries of several sizes (1:N)."),
    "migrate": ("edge.cli.eval.migrate:command", "Simulate people who come to another model by walking by."),
    "pad": ("edge.cli.eval.pad:command", "Count attacks that pass, and live people who do not (ISO/IEC 30107-3)."),
    "quality": ("edge.cli.eval.quality:command", "Say what the quality limits refuse, and what that is worth."),
    "stream": ("edge.cli.eval.stream:command", "Play clips to the whole decision."),
    "verify": ("edge.cli.eval.verify:command", "Compare all pairs of pictures (1:1)."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def group() -> None:
    """Measure the terminal on folders of pictures and clips.

    Needs the extra `eval`. Every picture goes through the terminal's own pipeline. What pictures gave is kept in the
    user's cache folder, so that an interrupted measurement goes on where it was; it is biometric data, and may be
    deleted at any time.
    """
