"""The child that the gate runs models in: `python -m edge.ota.examining TASK` prints one JSON object and ends.

A model may crash the runtime, never end, or take all memory: it does so here, under limits of its own that this
process sets before it reads a byte of the model, and not in a process that anything depends on.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from edge.errors import EdgeError
from edge.ota import parity
from edge.ota.findings import Agreed, Failed, Fault, Measured, Task, Together
from edge.ota.together import look_together
from edge.vision import probe
from edge.vision.bundle import load
from edge.vision.infer import RUNTIME, Model, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.bundle import Bundle

_MB = 1024 * 1024
_ROOM_MB = 128  # what numpy and the runtime may need beside the model
_GRACE_S = 2
_NICE = 10
_ROUNDS = 25
_ENOUGH_S = 5.0  # of timing: a slow model need not be timed as often
_FEWEST_ROUNDS = 5
_SELF = Path("/proc/self")


def main() -> None:
    """Do what the first argument asks for, and print what was found."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    answer = _private_output()
    _confine(task)
    found = _measure(task) if len(task.folders) == 1 else _measure_together(task)
    os.write(answer, msgspec.json.encode(found))


def _private_output() -> int:
    """Return a descriptor of standard output that no library prints to."""
    answer = os.dup(1)
    os.dup2(2, 1)
    return answer


def _confine(task: Task) -> None:
    """Give up what a model must not have: all memory, endless time, a core file, precedence over the terminal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (task.cpu_s, task.cpu_s + _GRACE_S))
    os.nice(_NICE)
    (_SELF / "oom_score_adj").write_text("1000")  # if memory runs out all the same, the kernel ends this process first
    _limit_memory(2 * task.memory_mb + _ROOM_MB)


def _limit_memory(more_mb: int) -> None:
    """Let the address space grow by so much from now on; at last, eight times that may be tried."""
    now = int((_SELF / "statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + more_mb * _MB, now + 8 * more_mb * _MB))


def _measure(task: Task) -> Measured:
    ((_, folder),) = task.folders.items()
    runtime = (RUNTIME, version(RUNTIME.replace("_", "-")))
    before = _memory("VmRSS")
    _forget_peak()
    try:
        bundle = load(Path(folder))
        published = parity.load(bundle.folder, bundle.manifest)
    except EdgeError as error:
        return Measured(runtime=runtime, failed="complete", words=_short(error))
    try:
        model = Model(bundle)
        faults = probe.found(bundle.manifest, [model.look(one) for one in probe.pictures(*model.size)])
        names = [output.name for output in bundle.manifest.output]
        agreed = parity.compare(published, [model.look(one) for one in published.pictures], names)
        memory = _memory("VmHWM") - before
        median, beside = _timed(model, _running(task))
    except (EdgeError, RuntimeError, ValueError, MemoryError) as error:
        return Measured(runtime=runtime, failed=_failure(error, bundle), words=_short(error))
    return Measured(
        runtime=runtime,
        faults=tuple(Fault(fault.kind, fault.words) for fault in faults),
        agreed=tuple(Agreed(one.output, min(one.cosines), max(one.distances)) for one in agreed),
        median_ms=median,
        running_ms=beside,
        memory_mb=memory / 1024,
    )


def _measure_together(task: Task) -> Together:
    try:
        return Together(scenes=look_together({role: Path(folder) for role, folder in task.folders.items()}))
    except (EdgeError, RuntimeError, ValueError, MemoryError) as error:
        return Together(words=_short(error))


def _running(task: Task) -> Model | None:
    """Return what does this bundle's work now; whatever is wrong with it is not this bundle's fault."""
    try:
        return Model(load(Path(task.running))) if task.running else None
    except EdgeError:
        return None


def _failure(error: Exception, bundle: Bundle) -> Failed:
    if isinstance(error, ShapeError):
        return "shapes"
    return "memory" if isinstance(error, MemoryError) or _needs_more(bundle) else "runs"


def _needs_more(bundle: Bundle) -> bool:
    """Whether a model that did not run does with more memory: the runtime's own words do not tell."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        Model(bundle)  # asked for, and not touched: what is not used costs the machine nothing
    except (EdgeError, RuntimeError, ValueError, MemoryError):
        return False
    return True


def _timed(model: Model, running: Model | None) -> tuple[float, float]:
    """Return the median of one inference of each, milliseconds on the processor.

    They are taken in turns, so that a clock that slows down, or a cache that others fill, is the same for both.
    """
    laps: tuple[list[float], list[float]] = ([], [])
    pairs = [(one, one_laps) for one, one_laps in zip((model, running), laps, strict=True) if one is not None]
    shown = [(one, probe.pictures(*one.size)[0], one_laps) for one, one_laps in pairs]
    begun = time.thread_time()
    for number in range(_ROUNDS):
        if number >= _FEWEST_ROUNDS and time.thread_time() - begun > _ENOUGH_S:
            break
        for one, picture, one_laps in shown:
            one_laps.append(_once(one, picture))
    return float(np.median(laps[0])), float(np.median(laps[1])) if running is not None else 0.0


def _once(model: Model, picture: NDArray[np.uint8]) -> float:
    begun = time.thread_time()
    model.look(picture)
    return (time.thread_time() - begun) * 1000


def _forget_peak() -> None:
    """Have the kernel count the largest memory anew: importing numpy took more for a moment than a small model does."""
    (_SELF / "clear_refs").write_text("5")


def _memory(name: str) -> int:
    """Return a figure of this process's memory, KB."""
    lines = (_SELF / "status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:1000]


if __name__ == "__main__":
    main()
