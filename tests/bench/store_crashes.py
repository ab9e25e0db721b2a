"""Kills a process that changes the people store at each of its system calls: `python -m tests.bench.store_crashes`.

Enrolling, giving templates, letting a walk wait, migrating to another space, erasing, backing up and restoring are done
over a small store, once for each call of
`fsync`, `pwrite64`, `rename` and the like that they make: strace sends SIGKILL as that call is entered. Then the store
is opened as after any start. What was acknowledged must be there, what was not is there wholly or not at all, and
nobody who was revoked comes back, also not by the backup. Whoever migrates has all their old templates, so that the old
model may decide again, and either waits or has come. `--each N` takes every N-th call only.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.people.backup import back_up
from edge.people.records import Template
from edge.people.restoring import restore
from edge.people.search import LiveSearch
from edge.people.waiting import Waiting
from edge.values import Embedding, Handle, PersonId, Space
from tests.bench.killing import at, counted, killed
from tests.vaults import agreed, keys, revoked, vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge.people.records import Kind
    from edge.people.store import Store

SPACE, NEW = Space("toy", "a" * 64, "1"), Space("toy", "b" * 64, "1")
CALLS = ("fsync", "fdatasync", "pwrite64", "write", "ftruncate", "rename", "renameat2", "link", "linkat", "unlink")
ANNA, BOB, CARL, DORA = map(PersonId, ("anna", "bob", "carl", "dora"))
STEPS = ("enrolled", "given", "waiting", "migrated", "backed up", "erased", "restored", "erased again")


def faces(number: int) -> list[Template]:
    """Return templates of nobody."""
    rows = np.eye(64, dtype=np.float32)[:number]
    return [Template(Embedding(row, SPACE), "photo.jpg") for row in rows]


def elsewhere(kind: Kind) -> Template:
    """Return a face of nobody in the new space."""
    return Template(Embedding(np.eye(32, dtype=np.float32)[0], NEW), "migrated", kind)


def prepare(folder: Path) -> Path:
    """Make a store of three people, and a backup of them."""
    path = folder / "people.sqlite3"
    with vault(path, create=True) as store:
        for who in (ANNA, BOB, DORA):
            store.add(agreed(who, who), faces(2))
        back_up(store, folder / "backup")
    return path


def work(path: Path, step: Callable[[], object]) -> None:
    """Change the store; `step` acknowledges each of its `STEPS`."""
    with vault(path) as store:
        store.add(agreed(CARL, CARL), faces(3))
        step()
        store.add_templates(ANNA, faces(3)[2:])
        step()
        Waiting(store).set_gathered(ANNA, NEW, (elsewhere("gathered"),))
        step()
        Waiting(store).migrate(ANNA, (elsewhere("migrated"),))
        step()
        back_up(store, path.with_name("second"))
        step()
        store.remove(BOB)
        step()
        restore(path, path.with_name("backup"), keys(path), revoked(path), 1.8e9)
        step()
        store.remove(DORA)
        step()


def points(folder: Path) -> list[tuple[str, int]]:
    """Return every call that the work makes, in the order of their kinds."""
    trace = folder / "trace"
    (folder / "run").mkdir()
    path = prepare(folder / "run")
    words = ["-o", str(trace), "-e", f"trace={','.join(CALLS)}"]
    assert killed(partial(work, path), words) == len(STEPS)
    return counted(CALLS, trace)


def outcome(path: Path, acknowledged: int) -> tuple[str, list[str]]:
    """Open a store after a kill; returns what it holds in a word, and what is wrong with it."""
    faults: list[str] = []
    with vault(path) as store:
        held = {person.id: person.templates for person in store.people()}
        faults += _told(held, acknowledged)
        faults += _on_the_way(store, acknowledged)
        faults += _tidy(store)
        gone = [handle for handle in _revoked(path) if store.person_by_handle(handle)]
        faults += [f"revived: {handle}" for handle in gone]
    backup = restore(path, path.with_name("backup"), keys(path), revoked(path), 1.8e9)
    if backup.people + backup.revoked != 3:
        faults.append(f"lost: the backup brings {backup.people} of 3 back, {backup.revoked} are revoked")
    with vault(path) as store:
        faults += [f"revived: {handle} by the backup" for handle in _revoked(path) if store.person_by_handle(handle)]
        faults += _tidy(store)
    return " ".join(f"{who}:{templates}" for who, templates in sorted(held.items())) or "nobody", faults


def _told(held: dict[PersonId, int], acknowledged: int) -> list[str]:
    """Return where a store is neither as before the step that was cut short, nor as after it."""
    states: list[dict[PersonId, int]] = [{ANNA: 2, BOB: 2, DORA: 2}]
    states.append({**states[-1], CARL: 3})
    states.append({**states[-1], ANNA: 3})
    states.append(states[-1])
    states.append({**states[-1], ANNA: 4})
    states.append(states[-1])
    states.append({who: number for who, number in states[-1].items() if who != BOB})
    states.append({ANNA: 2, DORA: 2})
    states.append({ANNA: 2})
    allowed = states[acknowledged : acknowledged + 2]
    return [] if held in allowed else [f"lost: {held} after {acknowledged} acknowledged steps"]


def _on_the_way(store: Store, acknowledged: int) -> list[str]:
    """Return where somebody neither waits nor has come, or the old model would not find them any more."""
    spaces = [one.template.embedding.space for one in store.kept(ANNA)]
    came, waits = spaces.count(NEW), len(Waiting(store).gathered(ANNA))
    faults = [] if spaces.count(SPACE) >= 2 else [f"lost: the old templates, {len(spaces)} are left"]
    if acknowledged in {3, 4, 5} and came + waits != 1:
        faults.append(f"lost: {waits} walks and {came} templates of the new space after {acknowledged} steps")
    if LiveSearch(store, SPACE)(Embedding(np.eye(64, dtype=np.float32)[0], SPACE)) is None:
        faults.append("lost: nobody is found by the old model")
    return faults


def _tidy(store: Store) -> list[str]:
    rows = {person.handle for person in store.people()}
    spared = {handle for (handle,) in store.db.execute("SELECT handle FROM spared")}
    kept = store.keyring.handles()
    return [] if kept == rows | spared else [f"untidy: keys of {kept ^ (rows | spared)}"]


def _revoked(path: Path) -> list[Handle]:
    text = path.with_name("people.revoked").read_text(errors="replace")
    return [Handle(one) for one in re.findall(r"[0-9a-f]{32}", text)]


def main() -> int:
    """Print points killed and outcomes; 1 when anything acknowledged was lost or anybody revived."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--each", type=int, default=1, help="take every N-th call")
    each = words.parse_args().each
    outcomes: Counter[str] = Counter()
    faults: list[str] = []
    number = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for place, (call, time) in enumerate(points(folder)):
            if place % each:
                continue
            number += 1
            run = folder / str(place)
            run.mkdir()
            path = prepare(run)
            acknowledged = killed(partial(work, path), at(call, time))
            try:
                found, wrong = outcome(path, acknowledged)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
                found, wrong = "cannot be opened", [f"lost: {error}"]
            outcomes[f"{acknowledged} acknowledged, holds {found}"] += 1
            faults += [f"{call} {time}: {one}" for one in wrong]
            shutil.rmtree(run)
    for words_, times in sorted(outcomes.items()):
        print(f"{times:4} x {words_}")  # noqa: T201 - its output
    for fault in faults:
        print(fault)  # noqa: T201 - its output
    lost, revived, untidy = (sum(kind in fault for fault in faults) for kind in ("lost:", "revived:", "untidy:"))
    print(f"killed at {number} points: lost {lost}, revived {revived}, keys left over {untidy}")  # noqa: T201 - its output
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
