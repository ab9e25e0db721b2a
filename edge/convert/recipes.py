"""The networks of the terminal, and one for updates: where each is from, how it is fed, what it returns and is not."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

from msgspec import structs

from edge.app.packages import Source, fetch
from edge.convert import sources
from edge.convert.graph import Graph
from edge.convert.onnx_graph import read_onnx
from edge.convert.ranges import Rounding
from edge.convert.tflite_graph import read_tflite
from edge.vision.bundle import Role
from edge.vision.manifest import EmbeddingSpace, Precision

VERSION = "1"
_WHITE = 255

Variant = Literal["dynamic", "integer", "float"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
PRECISIONS: dict[Variant, Precision] = {
    "dynamic": "dynamic-range-int8",
    "integer": "full-integer-int8",
    "float": "float32",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One network.

    Attributes:
        name: of the family of bundles, ``<name>-<variant>-<version>``.
        role: in the terminal.
        source: of the weights.
        read: from the source's bytes to a network.
        colour: order of the channels it is fed.
        mean: in grey levels; fed is ``(p - mean) * scale``.
        scale: per grey level.
        outputs: (name, meaning) of each tensor, in order.
        use: one paragraph for the card.
        limits: one paragraph for the card.
        space: of the embeddings, for an embedder.
        fragile: layers whose kernels stay float32 in the dynamic-range variant.
        rounding: of the full-integer variant; the input's limits are those of a picture's pixels.
        variants: those that are built.
        factory: whether a release may vouch for it; a network that is none of its own reaches a door only signed.
    """

    name: str
    role: Role
    source: Source
    read: Callable[[bytes], Graph]
    colour: Literal["BGR", "RGB"]
    mean: float
    scale: float
    outputs: tuple[tuple[str, str], ...]
    use: str
    limits: str
    space: EmbeddingSpace | None = None
    fragile: tuple[str, ...] = ()
    rounding: Rounding = field(default_factory=Rounding)
    variants: tuple[Variant, ...] = VARIANTS
    factory: bool = True

    def bundle(self, variant: Variant) -> str:
        """The name of a variant's bundle."""
        return f"{self.name}-{variant}-{VERSION}"

    def rounded(self) -> Rounding:
        """How the full-integer variant is rounded: every grey level of the input is a step of its own."""
        pixels = ((0 - self.mean) * self.scale, (_WHITE - self.mean) * self.scale)
        return structs.replace(self.rounding, limits={**self.rounding.limits, self.network().input: pixels})

    def network(self) -> Graph:
        """Fetches the weights, if they are not in the cache, and reads them."""
        return self.read(fetch(self.source))


BLAZEFACE = Recipe(
    name="blazeface",
    role="detector",
    source=sources.BLAZEFACE,
    read=read_tflite,
    colour="RGB",
    mean=127.5,
    scale=1 / 127.5,
    outputs=(
        (
            "regressors",
            "per anchor: box centre x, y, width, height, then six keypoints x, y; pixels of the 128 x 128 input",
        ),
        ("classificators", "per anchor: the logit of a face"),
    ),
    use="Finds faces, each with a box and six keypoints, in a letterboxed picture.",
    limits="Made for faces within about two metres of a camera; a face smaller than a tenth of the picture is missed. "
    "Its keypoints are rough: the mesh refines them.",
    fragile=("3", "155"),  # the last layer before the 8 x 8 heads alone moves keypoints by 13 % of the eye distance
    rounding=Rounding(
        # Anchors without a face say anything; no face in the picture is further or surer than this.
        limits={"175": (-64.0, 128.0), "174": (-10.0, 10.0)},
        corrected=False,  # the mean over all anchors is not that of the few which see a face
    ),
)
FACEMESH = Recipe(
    name="facemesh",
    role="landmarks",
    source=sources.FACEMESH,
    read=read_tflite,
    colour="RGB",
    mean=0.0,
    scale=1 / 255,
    outputs=(
        ("points", "468 points x, y, z; pixels of the 192 x 192 input"),
        ("presence", "the logit that the crop holds a face"),
    ),
    use="Places 468 points on an eye-levelled crop of one face: alignment, pose and eye opening come from them.",
    limits="It places points on anything it is given: the presence logit and the quality gate judge them. "
    "Points on hidden parts of the face are guesses.",
)
MOBILEFACENET = Recipe(
    name="mobilefacenet",
    role="embedder",
    source=sources.MOBILEFACENET,
    read=read_onnx,
    colour="BGR",
    mean=127.0,
    scale=1 / 128,
    outputs=(("embedding", "a vector whose cosine with another face's says how alike they are; not of unit length"),),
    use="Turns an aligned face of 112 x 112 pixels into a vector of 512 numbers for comparison with enrolled ones.",
    limits="Embeddings of different bundles are never comparable. The model is small: under poor light, large pose and "
    "for people unlike those it was trained on, which nobody documented, it errs more often than the table says.",
    space=EmbeddingSpace("mobilefacenet-faceplugin", "arcface112-bgr-2"),
)
MOBILEFACENET192 = Recipe(
    name="mobilefacenet192",
    role="embedder",
    source=sources.MOBILEFACENET192,
    read=read_tflite,
    colour="RGB",
    mean=127.5,
    scale=1 / 128,
    outputs=(("embedding", "a vector whose cosine with another face's says how alike they are; not of unit length"),),
    use="Turns an aligned face of 112 x 112 pixels into a vector of 192 numbers for comparison with enrolled ones: "
    "another lineage of weights than the factory's, for terminals that are to change embedders.",
    limits="Embeddings of different bundles are never comparable: people have to be migrated. It accepts fewer people "
    "than the factory's embedder at the same false-match rate, as the table says, and nobody documented whom it was "
    "trained on.",
    space=EmbeddingSpace("mobilefacenet192-expo", "arcface112-rgb-2"),
    variants=("dynamic", "float"),
    factory=False,
)
PASSIVE_LIVENESS = Recipe(
    name="passive-liveness",
    role="liveness",
    source=sources.LIVENESS,
    read=read_onnx,
    colour="BGR",
    mean=0.0,
    scale=1.0,
    outputs=(("logits", "three classes; the softmax of class 0 is the share of a live face"),),
    use="Scores one crop, 2.7 times the face box, for signs of a print or a screen.",
    limits="Weak: on the few clips tried it called some live people false and some replays live. "
    "It is one cue among several and never the judge.",
    rounding=Rounding(norm=math.inf),  # a clipped activation costs more here than coarse steps
)

RECIPES = (BLAZEFACE, FACEMESH, MOBILEFACENET, MOBILEFACENET192, PASSIVE_LIVENESS)
