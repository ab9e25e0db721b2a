"""The demo: public photographs played to the whole terminal, and a contact sheet of what it decided."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.config import Config
from edge.values import SENTENCES, Reason
from hw.board import open_board

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge.values import Sighting, Verdict
    from hw.base import Board, Frame, Lock, LockSettings, RecordedLock

ENROLLED = "obama.jpg"
"""The one photograph that the person is enrolled from."""

CONSENT, OPERATOR = "demo-public-photographs", "edge demo"
"""What is recorded as their consent: the photographs are in the public domain, and nobody could be asked."""

PLAYED = ("obama2.jpg", "biden.jpg", "obama3.jpg", "astronaut.png", "obama_partial_face.jpg", "biden.jpg", "obama.jpg")
"""What is held before the camera, in this order; two of the three people are strangers."""

_TILE = (420, 300)
_GREEN, _RED, _GREY, _WHITE, _INK = (60, 160, 40), (50, 50, 210), (150, 150, 150), (255, 255, 255), (40, 40, 40)
_STRIP = 110
_COLUMNS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One decision of the demo.

    Attributes:
        frame: The last frame that showed the face.
        sighting: What was seen in it.
        verdict: What the terminal concluded.
        outcome: What the door did.
        at: Monotonic seconds.
    """

    frame: Frame
    sighting: Sighting
    verdict: Verdict
    outcome: Reason
    at: float


class Album:
    """Told of every frame; keeps the last one with a face until its decision falls."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []
        self._seen: tuple[Frame, Sighting] | None = None

    def __call__(self, frame: Frame, sighting: Sighting, verdict: Verdict | None, outcome: Reason | None) -> None:
        """Keep what a decision rests on."""
        if sighting.box is not None:
            self._seen = (frame, sighting)
        if verdict is not None and outcome is not None and self._seen is not None:
            self.scenes.append(Scene(*self._seen, verdict, outcome, frame.at))


def lay_out(pictures: Path, folder: Path) -> None:
    """Put links to the played photographs into a folder, named in their order.

    Args:
        pictures: Where the photographs are.
        folder: A new folder.
    """
    folder.mkdir(parents=True)
    for number, name in enumerate(PLAYED, start=1):
        (folder / f"{number}-{name}").symlink_to(pictures / name)


def settings(folder: Path) -> Config:
    """Return a configuration that plays a folder of photographs quickly, with liveness off.

    Args:
        folder: As `lay_out` made it.
    """
    plain = Config().without_liveness()
    return dataclasses.replace(
        plain,
        board="pc",
        camera=dataclasses.replace(plain.camera, source=str(folder), dwell_frames=9, gap_frames=4),
        decision=dataclasses.replace(plain.decision, rate_limit_s=0.1, cool_down_s=0.0),
        door=dataclasses.replace(plain.door, pulse_s=0.5),
    )


def keep_lock(board: Board) -> tuple[Board, list[Lock]]:
    """Return the board, and a list that holds its lock once it was opened.

    Nobody stands before it who would have to be told what to do: its prompts would only stand between the decisions.
    """
    kept: list[Lock] = []

    def open_lock(wiring: LockSettings) -> Lock:
        kept.append(board.open_lock(wiring))
        return kept[-1]

    return dataclasses.replace(board, open_lock=open_lock, open_prompt=open_board("fake").open_prompt), kept


def contact_sheet(scenes: list[Scene], lock: RecordedLock, *, mosaic: bool) -> NDArray[np.uint8]:
    """Draw every decision, and the lock's line under them.

    Args:
        scenes: The decisions, in order.
        lock: What its line did.
        mosaic: Whether the photographs are made unrecognisable, for showing the sheet around.

    Returns:
        (height, width, 3) uint8, BGR.
    """
    width, height = _TILE
    rows = -(-len(scenes) // _COLUMNS)
    sheet = np.full((rows * (height + 60) + _STRIP + 50, _COLUMNS * width, 3), 255, np.uint8)
    _write(sheet, "LIVENESS OFF: photographs are held before the camera, not people", (12, 32), _RED, 0.7)
    for number, scene in enumerate(scenes):
        top, left = 50 + number // _COLUMNS * (height + 60), number % _COLUMNS * width
        sheet[top : top + height, left : left + width] = _tile(scene, mosaic=mosaic)
        opened = scene.outcome is Reason.GRANTED
        _write(sheet, _title(scene), (left + 10, top + height + 22), _GREEN if opened else _RED, 0.55)
        _write(sheet, SENTENCES[scene.outcome], (left + 10, top + height + 44), _INK, 0.45)
    _draw_line(sheet[-_STRIP:], scenes, lock.history)
    return sheet


def _title(scene: Scene) -> str:
    evidence = scene.verdict.evidence
    near = f"  similarity {evidence.similarity:.2f} of {evidence.threshold:.2f}" if evidence else ""
    word = "OPEN " if scene.outcome is Reason.GRANTED else "LOCKED"
    return f"{word} {scene.verdict.person or 'stranger'}{near}"


def _tile(scene: Scene, *, mosaic: bool) -> NDArray[np.uint8]:
    picture = scene.frame.pixels.copy()
    if mosaic:
        small = cv2.resize(picture, (picture.shape[1] // 36, picture.shape[0] // 36), interpolation=cv2.INTER_AREA)
        picture = np.asarray(
            cv2.resize(small, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8
        )
    box = scene.sighting.box
    if box is not None:
        colour = _GREEN if scene.outcome is Reason.GRANTED else _RED
        cv2.rectangle(picture, (int(box.left), int(box.top)), (int(box.right), int(box.bottom)), colour, 6)
    width, height = _TILE
    middle = picture.shape[1] // 2
    half = picture.shape[0] * width // height // 2
    part = picture[:, max(0, middle - half) : middle + half]
    return np.asarray(cv2.resize(part, _TILE, interpolation=cv2.INTER_AREA), np.uint8)


def _draw_line(strip: NDArray[np.uint8], scenes: list[Scene], history: tuple[tuple[float, bool], ...]) -> None:
    begin, end = history[0][0], max(history[-1][0], scenes[-1].at if scenes else history[0][0]) + 0.5
    low, high, left, right = 84, 44, 130, strip.shape[1] - 20

    def across(at: float) -> int:
        return int(left + (right - left) * (at - begin) / (end - begin))

    _write(strip, "lock line", (12, 62), _INK, 0.55)
    _write(strip, "unlocked", (12, high), _GREY, 0.4)
    _write(strip, "locked", (12, low + 4), _GREY, 0.4)
    steps = (*history, (end, history[-1][1]))
    for (at, unlocked), (until, then) in itertools.pairwise(steps):
        level = high if unlocked else low
        cv2.line(strip, (across(at), level), (across(until), level), _GREEN if unlocked else _GREY, 3)
        if then != unlocked:
            cv2.line(strip, (across(until), low), (across(until), high), _GREY, 1)
    for scene in scenes:
        colour = _GREEN if scene.outcome is Reason.GRANTED else _RED
        cv2.circle(strip, (across(scene.at), low + 14), 5, colour, -1)


def _write(
    sheet: NDArray[np.uint8], words: str, where: tuple[int, int], colour: tuple[int, int, int], size: float
) -> None:
    cv2.putText(sheet, words, where, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
