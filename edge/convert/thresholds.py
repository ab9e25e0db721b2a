"""From embeddings of known people to a table of false-match rates, thresholds and what the evidence is worth.

Every picture is compared with every other. The interval is Clopper and Pearson's (1934); comparisons that share a
picture are not independent, so the true interval is wider.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from edge.errors import EvidenceError
from edge.vision.manifest import Threshold

POINTS = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7)
LEAST_FALSE_MATCHES = 10
_BLOCK = 1024
_MISS = 0.05

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Embeddings of unit length, (pictures, dimensions), and whose each is, (pictures,) of small integers."""

    vectors: Floats
    people: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Similarities of a set's pairs.

    Attributes:
        genuine: of the same person, all.
        impostor: of different people, the highest ones, in falling order.
        comparisons: impostor comparisons made.
    """

    genuine: Floats
    impostor: Floats
    comparisons: int


def read_faces(path: Path) -> Faces:
    """Reads what ``edge embed`` wrote; the person is the name of the folder a picture lies in.

    Raises:
        EvidenceError: the file cannot be read, or holds no two people.
    """
    try:
        with np.load(path, allow_pickle=False) as content:
            good = content["status"] == "ok"
            names = [Path(str(name)).parent.name for name in content["path"][good]]
            vectors = np.asarray(content["embedding"][good], np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise EvidenceError(f"{path}: not what `edge embed` writes: {error}") from error
    people = np.unique(names, return_inverse=True)[1].astype(np.int64)
    if len(vectors) == 0 or people.max() == 0:
        raise EvidenceError(f"{path}: needs pictures of at least two people, each in a folder of their own")
    return Faces(vectors, people)


def compare(faces: Faces) -> Scores:
    """Compares all pairs, a block of rows at a time."""
    count = len(faces.vectors)
    sizes = np.bincount(faces.people)
    comparisons = (count * count - int((sizes**2).sum())) // 2
    keep = int(comparisons * POINTS[0]) + 1
    genuine: list[Floats] = []
    highest = np.empty(0, np.float32)
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        scores = faces.vectors[rows] @ faces.vectors[start:].T
        later = np.arange(start, count)[None] > np.arange(rows.start, rows.stop)[:, None]
        same = faces.people[rows, None] == faces.people[None, start:]
        genuine.append(scores[later & same])
        highest = np.concatenate([highest, scores[later & ~same]])
        if len(highest) > keep:
            highest = np.partition(highest, len(highest) - keep)[-keep:]
    return Scores(np.concatenate(genuine), np.sort(highest)[::-1], comparisons)


def table(scores: Scores, data: str, points: tuple[float, ...] = POINTS) -> list[Threshold]:
    """The thresholds that the evidence supports: those with at least ten false matches.

    A threshold lies just above the best impostor score that must be refused: the rate reached is at most the named one.

    Args:
        scores: of a set of known people.
        data: the name of the set.
        points: false-match rates aimed at.
    """
    rows = []
    for fmr in points:
        allowed = int(fmr * scores.comparisons)
        if allowed < LEAST_FALSE_MATCHES or allowed >= len(scores.impostor):
            continue
        threshold = _above(float(scores.impostor[allowed]))
        accepted = int((scores.impostor >= threshold).sum())
        lower, upper = interval(accepted, scores.comparisons)
        rows.append(Threshold(fmr, threshold, accepted, scores.comparisons, lower, upper, data))
    return [row for i, row in enumerate(rows) if i == 0 or row.threshold > rows[i - 1].threshold]


def interval(events: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of Clopper and Pearson of a share."""
    lower = float(beta.ppf(_MISS / 2, events, trials - events + 1)) if events else 0.0
    upper = float(beta.ppf(1 - _MISS / 2, events + 1, trials - events)) if events < trials else 1.0
    return lower, upper


def accepted(scores: Scores, threshold: float) -> tuple[int, tuple[float, float]]:
    """How many genuine comparisons are accepted at a threshold, and the 95 % interval of their share."""
    hits = int((scores.genuine >= threshold).sum())
    return hits, interval(hits, len(scores.genuine)) if len(scores.genuine) else (0.0, 1.0)


def equal_error_rate(scores: Scores) -> float:
    """The rate at which as large a share of genuine comparisons is refused as of impostor ones accepted.

    Not a number when it lies above the largest rate whose impostor scores were kept.
    """
    impostor = scores.impostor[::-1]
    refused = np.searchsorted(np.sort(scores.genuine), impostor, side="left") / max(len(scores.genuine), 1)
    passed = np.arange(len(impostor), 0, -1) / scores.comparisons
    crossed = np.flatnonzero(refused >= passed)
    if len(crossed) == 0 or crossed[0] == 0:
        return math.nan
    return float(refused[crossed[0]] + passed[crossed[0]]) / 2


def _above(score: float) -> float:
    """The next number of four decimals above a score."""
    return (math.floor(score * 10_000) + 1) / 10_000
