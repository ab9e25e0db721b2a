"""The `edge` command: each group of commands is one file, loaded only when it is asked for."""

from __future__ import annotations

import os
import sys

import click

from edge.cli.lazy import LazyGroup
from edge.errors import EdgeError
from hw.base import HardwareError

_COMMANDS = {
    "bench": ("edge.cli.bench:command", "Time every stage, the search and the start-up on this machine."),
    "code": ("edge.cli.code:group", "Issue and check the signed codes that people show to the camera."),
    "config": ("edge.cli.settings:group", "Show and check the configuration."),
    "control": ("edge.cli.control:group", "Say what the running door is, and order it to do something."),
    "demo": ("edge.cli.demo:command", "Play public photographs to the whole terminal; the door opens for one person."),
    "doctor": ("edge.cli.doctor:command", "Say what is wrong with this terminal, and how to mend it."),
    "door": ("edge.cli.door:command", "Run the door process: lock, exit button, journal."),
    "embed": ("edge.cli.embed:command", "Write the embeddings of many pictures to one file, for measuring."),
    "enrol": ("edge.cli.enrol:command", "Enrol people from photographs, or guided at the camera."),
    "eval": ("edge.cli.eval:group", "Measure the terminal on folders of pictures and clips."),
    "identify": ("edge.cli.identify:command", "Say who is in a photograph, and what the terminal would decide."),
    "journal": ("edge.cli.journal:group", "Show and verify the journal."),
    "keys": ("edge.cli.keys:group", "Show this device's keys, rotate the wrapping key, move it to another holder."),
    "limits": ("edge.cli.limits:group", "Make, sign and show head office's limits on what may be configured."),
    "models": ("edge.cli.models:group", "List, show and verify the model bundles."),
    "ota": ("edge.cli.ota:group", "Fetch, try, use and take back models over the air."),
    "padtest": (
        "edge.cli.padtest:command",
        "Test liveness at this door: ask for presentations, and count what passes.",
    ),
    "people": ("edge.cli.people:group", "List, show and remove enrolled people."),
    "provision": ("edge.cli.provision:group", "Make, check, sign and use the file that makes a card this door's."),
    "receipt": ("edge.cli.receipt:group", "Check the signed receipts of verifications, offline."),
    "run": ("edge.cli.run:command", "Run door and terminal together in one process."),
    "system": ("edge.cli.system:group", "Say which system slot runs, confirm it, or go back to the other."),
    "terminal": ("edge.cli.terminal:command", "Run the terminal process: camera, recognition, decision."),
    "verify": ("edge.cli.verify:command", "Say whether a photograph, or who stands there, is a given person (1:1)."),
}


@click.group(cls=LazyGroup, table=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="door-terminal")
def edge() -> None:
    """A face-recognition door terminal.

    Start with `edge doctor`. Enrol somebody with `edge enrol`, try a photograph with `edge identify`, and run the
    whole terminal with `edge run`.

    Exit codes: 0 done; 1 refused or not found; 2 wrong words or configuration; 3 unsafe; 4 a model; 5 the people
    store; 6 a picture; 7 cannot be enrolled; 8 processes cannot talk; 9 the journal; 10 not supported by evidence;
    11 the hardware; 12 a download; 13 an update, or a release, was refused; 14 a provisioning file, or a step
    of provisioning, was refused; 15 an acceptance test is incomplete.

    What is refused is one line on standard error, with --json, too: standard output has a report, or nothing.
    """


def main() -> None:
    """Run the command line; an error a person can mend is one clear line and an exit code."""
    # A search is one pass over memory: a second BLAS thread only waits, and takes a core from the models.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        edge.main(prog_name="edge", standalone_mode=True)
    except EdgeError as error:
        click.echo(f"edge: {error}", err=True)
        sys.exit(error.exit_code)
    except HardwareError as error:
        click.echo(f"edge: {error}", err=True)
        sys.exit(11)
