"""What the child of the gate is asked, and what it says: bounded, typed JSON, for its model may be anybody's."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

ANSWER_LIMIT = 64 * 1024
"""No answer is longer, in bytes."""

Number = Annotated[float, Meta(ge=-1e12, le=1e12)]
Words = Annotated[str, Meta(max_length=2000)]
Failed = Literal["", "complete", "memory", "runs", "shapes"]


class Task(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the child does: it runs one bundle, or a whole set together.

    Attributes:
        folders: Of the bundles, by role; of one, or of all.
        running: Of the bundle that does this one's work now, to be timed beside it; empty for none.
        memory_mb: What running it may take, MB.
        cpu_s: After how much time on the processor the kernel ends it, seconds.
    """

    folders: dict[str, str]
    running: str = ""
    memory_mb: Annotated[int, Meta(ge=1)]
    cpu_s: Annotated[int, Meta(ge=1)]


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wrong with an output on drawn faces, as `edge.vision.probe.Fault`."""

    kind: Literal["finite", "zero", "constant", "collapsed"]
    words: Words


class Agreed(Struct, frozen=True, forbid_unknown_fields=True):
    """How one output agrees with the publisher's.

    Attributes:
        output: Its name.
        cosine: The least of all pictures.
        distance: The largest of all pictures (`edge.ota.parity.Agreement`).
    """

    output: Words
    cosine: Number
    distance: Number


class Measured(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one bundle did.

    Attributes:
        runtime: The package that ran it, and its version.
        failed: What kept it from being measured to the end; empty for nothing.
        words: The same in a sentence.
        faults: What is wrong with its outputs on drawn faces.
        agreed: How its outputs agree with the publisher's.
        median_ms: Of one inference on one thread: time on the processor, so that it is no matter who else is busy.
        running_ms: The same, of the bundle that does its work now, taken in turns with it; 0 for none.
        memory_mb: The most that it took beyond the empty child, MB.
    """

    runtime: tuple[str, str]
    failed: Failed = ""
    words: Words = ""
    faults: Annotated[tuple[Fault, ...], Meta(max_length=64)] = ()
    agreed: Annotated[tuple[Agreed, ...], Meta(max_length=16)] = ()
    median_ms: Number = 0.0
    running_ms: Number = 0.0
    memory_mb: Number = 0.0


class Scene(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a whole set made of one drawn face in a larger picture.

    Attributes:
        faces: How many the detector found.
        overlap: Of the surest with the drawing, intersection over union.
        presence: How sure the mesh is of a face.
        own: The cosine of its embedding with that of the same drawing, cut out by hand.
        other: The largest with that of another drawing.
        length: Of the embedding that the pipeline gave.
        live: What the liveness network says, 0 to 1.
    """

    faces: int
    overlap: Number = 0.0
    presence: Number = 0.0
    own: Number = -1.0
    other: Number = 1.0
    length: Number = 0.0
    live: Number = 0.0


class Together(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a whole set did.

    Attributes:
        scenes: One for each drawn face.
        words: What kept it from being measured to the end; empty for nothing.
    """

    scenes: Annotated[tuple[Scene, ...], Meta(max_length=16)] = ()
    words: Words = ""


class Died(Struct, frozen=True):
    """The child gave no answer.

    Attributes:
        how: It was not done in time; or it ended by itself, or was ended, or said what no child of ours says.
        words: The same in a sentence.
    """

    how: Literal["ends", "survives"]
    words: str
