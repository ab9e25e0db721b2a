"""`edge demo`: public photographs played to the whole terminal; the door opens for one person."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click
import cv2

from edge.app import demo
from edge.app.boards import board_of
from edge.app.both import run_both
from edge.app.pictures import fetch_pictures
from edge.app.places import places
from edge.cli.decisions import Announcer
from edge.cli.enrol import command as enrol
from edge.config import dump
from edge.errors import EdgeError
from edge.values import Reason
from hw.base import RecordedLock

if TYPE_CHECKING:
    from edge.config import Config
    from edge.values import Sighting, Verdict
    from hw.base import Frame


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-result"),
    show_default=True,
    help="The folder to write to; an earlier demo's result in it is replaced.",
)
@click.option("--mosaic", is_flag=True, help="Make the photographs on the contact sheet unrecognisable.")
def command(out: Path, *, mosaic: bool) -> None:
    """Enrol one person from one photograph, then hold other photographs of them and of strangers before the camera.

    It is the real terminal (`edge run`) with the committed models and a simulated GPIO lock. LIVENESS IS OFF, since
    photographs are not people. It leaves sheet.png, journal.jsonl and terminal.toml.
    """
    click.echo("fetching public photographs (once)")
    pictures = fetch_pictures()
    config = _prepare(pictures, out)
    click.echo("\nThe photographs are public; the demo records a consent all the same: nobody is enrolled without one.")
    consent = ["--consent", demo.CONSENT, "--operator", demo.OPERATOR]
    click.echo(f"$ edge enrol --id obama --name 'Barack Obama' {shlex.join(consent)} {demo.ENROLLED}")
    words = ["--data", str(out / "data"), "--id", "obama", "--name", "Barack Obama", *consent]
    enrol.main([*words, str(pictures / demo.ENROLLED)], standalone_mode=False)
    click.echo(f"\n$ edge run --config {out / 'terminal.toml'} --data {out / 'data'}")
    board, locks = demo.keep_lock(board_of(config))
    announcer, album = Announcer(as_json=False), demo.Album()
    announcer.begin(config, board)

    def observe(frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        announcer(frame, sighting, verdict, outcome)
        album(frame, sighting, verdict, outcome)

    here = places(out / "data")
    announcer.end(run_both(config, board, here, observe))
    shutil.copyfile(here.journal, out / "journal.jsonl")
    (lock,) = locks
    if not isinstance(lock, RecordedLock):
        raise EdgeError("the demo's lock keeps no record")
    _tell(lock)
    cv2.imwrite(str(out / "sheet.png"), demo.contact_sheet(album.scenes, lock, mosaic=mosaic))
    click.echo(f"contact sheet: {out / 'sheet.png'}; events: {out / 'journal.jsonl'}")
    _check(album.scenes)


def _prepare(pictures: Path, out: Path) -> Config:
    """Replace an earlier demo's result, and nothing else."""
    config = demo.settings(out / "frames")
    try:
        if out.exists() and any(out.iterdir()) and not (out / "frames" / f"1-{demo.PLAYED[0]}").is_symlink():
            raise EdgeError(f"{out}: is not empty and holds no earlier demo's result; name another folder with --out")
        for name in ("data", "frames"):
            shutil.rmtree(out / name, ignore_errors=True)
        demo.lay_out(pictures, out / "frames")
        (out / "terminal.toml").write_text(dump(config), encoding="utf-8")
    except OSError as error:
        raise EdgeError(f"{out}: cannot be written: {error.strerror}; name another folder with --out") from error
    return config


def _tell(lock: RecordedLock) -> None:
    begun = lock.history[0][0]
    states = [f"{at - begun:.2f} s {'unlocked' if unlocked else 'locked'}" for at, unlocked in lock.history]
    click.echo(f"\nGPIO17: {', '.join(states)}")


def _check(scenes: list[demo.Scene]) -> None:
    """The demo is a claim; it fails when the claim does not hold."""
    wrong = [
        scene.frame.origin for scene in scenes if (scene.outcome is Reason.GRANTED) != ("obama" in scene.frame.origin)
    ]
    if wrong or len(scenes) != len(demo.PLAYED):
        raise EdgeError(f"the demo did not go as it should: {len(scenes)} decisions, wrong for {wrong or 'none'}")
    click.echo(f"the door opened for the enrolled person only: {len(scenes)} of {len(scenes)} decisions right")
