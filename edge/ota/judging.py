"""What of the measured is good enough: numbers in, checks out; no I/O, no clock.

The limits of one model against the same model elsewhere were chosen between what the other line of the runtime differs
by and what the mildest wrong feeding does (ADR 34 has both).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.ota.findings import Died, Measured
from edge.ota.gate import Check, Name
from edge.ota.rollout import at_least, for_board, for_runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.ota.findings import Scene, Together
    from edge.ota.manifest import BundleCustom
    from edge.ota.rollout import Device
    from edge.vision.manifest import Role

FURTHEST: Mapping[Role, float] = {"detector": 0.4, "landmarks": 0.35, "embedder": 0.4, "liveness": 0.5}
"""The largest distance from the publisher's numbers, in units of their own spread (`edge.ota.parity.Agreement`)."""

NO_SLOWER = 1.25
"""A model that needs at most so many times what does its work now is quick enough wherever that is."""

SCENES_NEEDED = 2
"""Of three drawn faces, how many a set must find and know again."""

_LEAST_OVERLAP, _LEAST_PRESENCE = 0.4, 0.5
_PROBED: dict[Name, str] = {
    "finite": "finite numbers",
    "zero": "not nothing but zeros",
    "constant": "follows the picture",
    "collapsed": "knows drawn faces apart",
}


def for_here(role: Role, custom: BundleCustom, device: Device) -> list[Check]:
    """Judge whether a bundle is for this board and this runtime at all, before anything of it is run."""
    here = " ".join(device.runtime)
    needed = " or ".join(f"{package} {its}" for package, its in sorted(custom.runtime.items())) or "any"
    checks = []
    if for_board(custom, device):
        checks.append(_passed("board", role, "for such a board", device.board, custom.board))
    else:
        words = f"{custom.name} is for {custom.board}, and this is {device.board}; publish it for this board"
        checks.append(_failed("board", role, words, device.board, custom.board))
    if for_runtime(custom, device):
        checks.append(_passed("runtime", role, "such a runtime is here", here, needed))
    else:
        checks.append(
            _failed(
                "runtime",
                role,
                f"{custom.name} needs {needed}, and here is {here}; install such a runtime",
                here,
                needed,
            )
        )
    return checks


def firmware(least: str, device: Device) -> Check:
    """Judge whether this software is new enough for a set."""
    if not least or at_least(device.firmware, least):
        return _passed("firmware", "", "new enough", device.firmware, least or "any")
    words = f"it needs firmware {least}, and this is {device.firmware}; update the firmware first"
    return _failed("firmware", "", words, device.firmware, least)


def of_bundle(role: Role, custom: BundleCustom, device: Device, answer: Measured | Died) -> list[Check]:
    """Judge what a bundle did when it was run.

    Args:
        role: Of the bundle.
        custom: What was signed about it.
        device: This one.
        answer: Of the child that ran it.
    """
    if isinstance(answer, Died):
        return [_failed(answer.how, role, answer.words)]
    checks = [_passed("ends", role, "done in time"), _passed("survives", role, "it did")]
    if answer.runtime != device.runtime:
        here, meant = " ".join(answer.runtime), " ".join(device.runtime)
        words = f"it was run by {here}, and {meant} was to be looked at; start again"
        return [*checks, _failed("runtime", role, words, here, meant)]
    if answer.failed:
        return [*checks, _stopped(role, custom, answer)]
    checks.append(_passed("runs", role, "the runtime takes it"))
    checks.append(_passed("shapes", role, "takes and gives what its manifest says"))
    checks += [*_probed(role, answer), _parity(role, custom, answer)]
    return [*checks, _memory(role, custom, answer), _latency(role, custom, answer)]


def together(answer: Together | Died) -> Check:
    """Judge what a whole set did with drawn faces."""
    if isinstance(answer, Died):
        return _failed(answer.how, "", answer.words)
    good = sum(not _wrong(scene) for scene in answer.scenes)
    value, limit = f"{good} of {len(answer.scenes)}", f"{SCENES_NEEDED} of 3"
    if good >= SCENES_NEEDED and not answer.words:
        return _passed("together", "", "drawn faces are found, aligned and known again", value, limit)
    wrong = "; ".join(filter(None, (answer.words, *map(_wrong, answer.scenes))))
    return _failed("together", "", wrong or "nothing was seen", value, limit)


def _passed(name: Name, role: str, words: str, value: float | str = "yes", limit: float | str = "yes") -> Check:
    return Check(name=name, passed=True, value=value, limit=limit, words=words, role=role)


def _failed(name: Name, role: str, words: str, value: float | str = "no", limit: float | str = "yes") -> Check:
    return Check(name=name, passed=False, value=value, limit=limit, words=f"{role or 'the set'}: {words}", role=role)


def _stopped(role: Role, custom: BundleCustom, answer: Measured) -> Check:
    if answer.failed == "memory":
        limit = custom.gates.max_memory_mb
        return _failed("memory", role, f"it needs far more than {limit} MB: {answer.words}", "more than twice", limit)
    return _failed(answer.failed or "runs", role, answer.words)


def _probed(role: Role, answer: Measured) -> list[Check]:
    checks = []
    for name, sound in _PROBED.items():
        if name == "collapsed" and role != "embedder":
            continue  # other networks may see nearly the same in different faces
        words = "; ".join(fault.words for fault in answer.faults if fault.kind == name)
        checks.append(_failed(name, role, words) if words else _passed(name, role, sound))
    return checks


def _parity(role: Role, custom: BundleCustom, answer: Measured) -> Check:
    """An embedder is judged by cosines, as it is used; and by distances, for their lengths count as quality."""
    far = max((one.distance for one in answer.agreed), default=float("inf"))
    least = min((one.cosine for one in answer.agreed), default=-1.0)
    limit, alike = FURTHEST[role], custom.gates.min_cosine
    cause = "it is fed wrongly, is another model, or this runtime computes it wrongly; publish it again for this board"
    if role == "embedder" and not least >= alike:
        words = f"the least cosine with the publisher's numbers is {least:.4f}: {cause}"
        return _failed("parity", role, words, least, alike)
    if not far <= limit:
        return _failed("parity", role, f"it is {far:.3g} spreads from the publisher's numbers: {cause}", far, limit)
    if role == "embedder":
        return _passed("parity", role, "least cosine with the publisher's numbers", least, alike)
    return _passed("parity", role, "spreads from the publisher's numbers", far, limit)


def _latency(role: Role, custom: BundleCustom, answer: Measured) -> Check:
    """A board that is slow just now is slow for the model that does the work, too: who is no slower is let in."""
    limit = max(custom.gates.max_ms, NO_SLOWER * answer.running_ms)
    beside = f", the one that runs now {answer.running_ms:.1f}" if answer.running_ms else ""
    if answer.median_ms <= limit:
        return _passed("latency", role, f"ms on the processor{beside}", answer.median_ms, limit)
    words = f"one inference takes {answer.median_ms:.1f} ms{beside}: too slow here; allow more ms, or make it smaller"
    return _failed("latency", role, words, answer.median_ms, limit)


def _memory(role: Role, custom: BundleCustom, answer: Measured) -> Check:
    limit = custom.gates.max_memory_mb
    if answer.memory_mb <= limit:
        return _passed("memory", role, "MB", answer.memory_mb, limit)
    words = f"it takes {answer.memory_mb:.0f} MB, and {limit} were promised; publish it with a higher max_memory_mb"
    return _failed("memory", role, words, answer.memory_mb, limit)


def _wrong(scene: Scene) -> str:
    """Say what a set did wrong with a drawn face; empty for nothing."""
    if scene.faces == 0:
        return "a drawn face was not found"
    if scene.overlap < _LEAST_OVERLAP:
        return f"a drawn face was found elsewhere (overlap {scene.overlap:.2f})"
    if scene.presence < _LEAST_PRESENCE:
        return f"the mesh saw no face in what the detector found (presence {scene.presence:.2f})"
    if not scene.own > scene.other:
        return f"a drawn face was taken for another (cosine {scene.own:.2f}, with the other {scene.other:.2f})"
    return ""
