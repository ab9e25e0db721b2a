"""How far a variant's outputs are from the float32 variant's on the same inputs, in units that mean something."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from edge.vision.bundle import Bundle, Role
from edge.vision.infer import Model
from edge.vision.manifest import Parity

Floats = npt.NDArray[np.float32]
Outputs = list[Floats]
Pairs = list[tuple[Outputs, Outputs]]
Figures = dict[str, tuple[Floats, bool]]

_EYE_CORNERS = (33, 263)
_FIVE = (33, 133, 362, 263, 1, 61, 291)  # eye corners, nose tip, mouth corners of the mesh
_KEYPOINTS = slice(4, 16)


def measure(variant: Bundle, reference: Bundle, inputs: list[Floats], data: str, command: str) -> list[Parity]:
    """Runs both on the same inputs.

    Args:
        variant: what is measured.
        reference: the float32 variant of the same network.
        inputs: each as the model takes it.
        data: the name of the pictures.
        command: how to measure again.
    """
    model, exact = Model(variant), Model(reference)
    pairs = [(model.run(x), exact.run(x)) for x in inputs]
    figures = _MEASURES[variant.manifest.role](pairs)
    parities = []
    for name, (values, larger_is_better) in figures.items():
        tail = (5, 0) if larger_is_better else (95, 100)
        mean, p95, worst = (float(f"{v:.5g}") for v in (float(values.mean()), *np.percentile(values, tail)))
        parities.append(Parity(name, mean, p95, worst, len(values), data, command))
    return parities


def _embedder(pairs: Pairs) -> Figures:
    mine, exact = (np.concatenate([pair[i][0] for pair in pairs]) for i in (0, 1))
    lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(exact, axis=1)
    return {"cosine of the embedding": ((mine * exact).sum(axis=1) / lengths, True)}


def _landmarks(pairs: Pairs) -> Figures:
    mine, exact = (np.stack([pair[i][0].reshape(-1, 3)[:, :2] for pair in pairs]) for i in (0, 1))
    eyes = np.linalg.norm(exact[:, _EYE_CORNERS[0]] - exact[:, _EYE_CORNERS[1]], axis=1)
    moved = np.linalg.norm(mine - exact, axis=2)[:, _FIVE].mean(axis=1) / eyes
    logits = abs(np.concatenate([m[1] - e[1] for m, e in pairs]).reshape(-1))
    return {
        "eye, nose and mouth points moved, in distances of the outer eye corners": (moved, False),
        "difference of the presence logit": (logits, False),
    }


def _detector(pairs: Pairs) -> Figures:
    """Compares at the anchor that the reference is surest of."""
    best = [int(exact[1][0, :, 0].argmax()) for _, exact in pairs]
    mine, exact = (
        np.stack([pair[i][0][0, a, _KEYPOINTS] for pair, a in zip(pairs, best, strict=True)]).reshape(-1, 6, 2)
        for i in (0, 1)
    )
    eyes = np.linalg.norm(exact[:, 0] - exact[:, 1], axis=1)
    logits = [abs(m[1][0, a, 0] - e[1][0, a, 0]) for (m, e), a in zip(pairs, best, strict=True)]
    return {
        "keypoints moved, in eye distances": (np.linalg.norm(mine - exact, axis=2).mean(axis=1) / eyes, False),
        "difference of the face logit": (np.asarray(logits, np.float32), False),
    }


def _liveness(pairs: Pairs) -> Figures:
    mine, exact = (np.concatenate([pair[i][0] for pair in pairs]) for i in (0, 1))
    return {"difference of the live score": (abs(_live(mine) - _live(exact)), False)}


def _live(logits: Floats) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds[:, 0] / odds.sum(axis=1), np.float32)


_MEASURES: dict[Role, Callable[[Pairs], Figures]] = {
    "embedder": _embedder,
    "landmarks": _landmarks,
    "detector": _detector,
    "liveness": _liveness,
}
