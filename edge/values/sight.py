"""What is seen: faces, embeddings, matches, sightings. numpy is imported for type checking only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NewType, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge.values.liveness import Finding
    from edge.values.quality import Quality

PersonId = NewType("PersonId", str)
"""The identifier a security officer gives a person, unique in one store."""

Handle = NewType("Handle", str)
"""A random name for a person: all that the journal and the door ever know (S6)."""


@dataclass(frozen=True, slots=True)
class Space:
    """The embedding space a template lives in; templates of two spaces are never compared (S5).

    Attributes:
        embedder: The embedding space id of the model's manifest.
        sha256: The hash of the model file that made the template.
        preprocessing: The version of alignment, colour order and scaling before it.
    """

    embedder: str
    sha256: str
    preprocessing: str

    def __str__(self) -> str:
        """The id and the first digits of the hash, for people."""
        return f"{self.embedder}@{self.sha256[:12]} ({self.preprocessing})"


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels of the frame; x grows to the right, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels, never negative."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """Height in pixels, never negative."""
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        """Area in square pixels."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0 to 1."""
        common = Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        ).area
        union = self.area + other.area - common
        return common / union if union > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detected face.

    Attributes:
        box: Where it is in the frame.
        score: The detector's confidence, 0 to 1.
        keypoints: (6, 2) float32 in pixels of the frame: right eye, left eye, nose, mouth, right and left tragion,
            right and left being the person's own.
    """

    box: Box
    score: float
    keypoints: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The face mesh.

    Attributes:
        points: (468, 3) float32; x and y in pixels of the frame, z in the same unit, smaller towards the camera.
        presence: How sure the mesh is that it sits on a face, 0 to 1.
    """

    points: NDArray[np.float32]
    presence: float


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A face as a vector.

    Attributes:
        vector: (dimensions,) float32 of unit length.
        space: The space it lives in.
        length: The vector's length before it was brought to 1; 0 where that is forgotten, as in the store.
    """

    vector: NDArray[np.float32]
    space: Space
    length: float = 0.0


@dataclass(frozen=True, slots=True)
class Match:
    """The enrolled person most like a probe.

    Attributes:
        person: Who.
        similarity: Cosine similarity of the best template, -1 to 1.
        margin: How far the best template of any other person is behind; 2 when nobody else is enrolled.
        comparisons: With how many templates of everybody's the probe was compared (S9: the threshold depends on it).
    """

    person: PersonId
    similarity: float
    margin: float
    comparisons: int


class Search(Protocol):
    """Finds the person most like a probe among those who are enrolled at this moment (S12)."""

    def __call__(self, probe: Embedding) -> Match | None:
        """Return the best match, or None when nobody is enrolled.

        Raises:
            SpaceError: The probe and the templates live in different spaces (S5).
        """


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one frame showed of the face nearest the door.

    Attributes:
        at: Monotonic seconds of the frame's exposure.
        sequence: The frame's number.
        faces: How many faces were in the zone.
        track: Which uninterrupted sight of one face this belongs to; None when there is no face.
        box: Where the face is.
        score: The detector's confidence.
        quality: What was measured; None when there is no face.
        liveness: The passive network's score, 0 (an artefact) to 1 (alive); None when it was not judged.
        match: The most similar person; None when nobody is enrolled or the face was not good enough to ask.
        spared: Whether the face could have been judged and was not compared: its track has shown it clearly better.
        findings: What the other liveness cues say of the track so far; empty when liveness is off.
    """

    at: float
    sequence: int
    faces: int = 0
    track: int | None = None
    box: Box | None = None
    score: float = 0.0
    quality: Quality | None = None
    liveness: float | None = None
    match: Match | None = None
    spared: bool = False
    findings: tuple[Finding, ...] = ()
