"""What of the measured is good enough, and when a record of it counts (S8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.app import gating
from edge.ota import judging
from edge.ota.findings import Agreed, Died, Fault, Measured, Scene, Together
from edge.ota.gate import (
    GATE,
    Check,
    GateRecord,
    Papers,
    judged_here,
    manifests_of,
    report_of,
    why_not_here,
)
from edge.ota.manifest import ROLES, BundleCustom, Gates
from edge.ota.rollout import Device
from edge.vision.manifest import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from edge.ota.gate import Name
    from edge.vision.manifest import Role

RUNTIME = ("ai_edge_litert", "2.3.0")
DEVICE = Device(id="here", board="pi", runtime=RUNTIME, firmware="0.2.0")
GATES = Gates(min_cosine=0.97, max_ms=20.0, max_memory_mb=100, max_bytes=1000)
GOOD = Check("complete", passed=True, value="yes", limit="yes", words="it is")
BAD = Check("parity", passed=False, value=0.5, limit=0.97, words="embedder: far")


def signed(role: Role = "embedder", **changes: object) -> BundleCustom:
    custom = BundleCustom(role=role, name="a-1", board="any", runtime={}, unpacked_bytes=1000, gates=GATES)
    return msgspec.structs.replace(custom, **changes)


def measured(**changes: object) -> Measured:
    sound = Measured(runtime=RUNTIME, agreed=(Agreed("embedding", 0.999, 0.01),), median_ms=10.0, memory_mb=50.0)
    return msgspec.structs.replace(sound, **changes)


def failed(answer: Measured | Died, role: Role = "embedder") -> list[Name]:
    return [check.name for check in judging.of_bundle(role, signed(role), DEVICE, answer) if not check.passed]


# --- one bundle


def test_a_sound_bundle_passes_every_check_that_is_made_of_what_was_run() -> None:
    checks = judging.of_bundle("embedder", signed(), DEVICE, measured())
    assert all(check.passed for check in checks)
    assert [check.name for check in checks] == [
        *(
            "ends",
            "survives",
            "runs",
            "shapes",
            "finite",
            "zero",
            "constant",
            "collapsed",
            "parity",
            "memory",
            "latency",
        )
    ]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (measured(agreed=(Agreed("embedding", 0.9699, 0.01),)), ["parity"]),
        (measured(agreed=(Agreed("embedding", 0.999, 0.41),)), ["parity"]),
        (measured(agreed=()), ["parity"]),
        (measured(memory_mb=100.1), ["memory"]),
        (measured(median_ms=20.1), ["latency"]),
        (measured(median_ms=20.1, running_ms=16.0), ["latency"]),
        (measured(failed="runs", words="no"), ["runs"]),
        (measured(failed="shapes", words="no"), ["shapes"]),
        (measured(failed="memory", words="no"), ["memory"]),
        (measured(failed="complete", words="no"), ["complete"]),
        (measured(runtime=("ai_edge_litert", "2.2.0")), ["runtime"]),
        (measured(faults=(Fault("finite", "x"), Fault("collapsed", "y"))), ["finite", "collapsed"]),
        (measured(faults=(Fault("zero", "x"), Fault("constant", "y"))), ["zero", "constant"]),
        (Died("ends", "late"), ["ends"]),
        (Died("survives", "SIGSEGV"), ["survives"]),
    ],
)
def test_s8_each_fault_fails_its_own_check(answer: Measured | Died, names: list[Name]) -> None:
    assert failed(answer) == names


def test_a_model_is_quick_enough_that_is_no_slower_than_what_runs_now_however_slow_the_board_is_just_now() -> None:
    assert failed(measured(median_ms=60.0, running_ms=50.0)) == []
    assert failed(measured(median_ms=63.0, running_ms=50.0)) == ["latency"]
    (latency,) = [one for one in judging.of_bundle("embedder", signed(), DEVICE, measured()) if one.name == "latency"]
    assert latency.limit == 20.0


@pytest.mark.parametrize(("role", "furthest"), judging.FURTHEST.items())
def test_s8_every_output_of_every_role_has_a_furthest_distance(role: Role, furthest: float) -> None:
    near, far = Agreed("first", 1.0, furthest), Agreed("second", 1.0, furthest + 0.001)
    assert failed(measured(agreed=(near, near)), role) == []
    assert failed(measured(agreed=(near, far)), role) == ["parity"]


def test_only_an_embedder_is_judged_by_cosines() -> None:
    turned = measured(agreed=(Agreed("points", 0.5, 0.01),))
    assert failed(turned, "landmarks") == []
    assert failed(turned) == ["parity"]


@pytest.mark.parametrize(
    ("custom", "names"),
    [
        (signed(), []),
        (signed(board="pi", runtime={"ai_edge_litert": "2.3.0"}), []),
        (signed(runtime={"ai_edge_litert": "2.0", "tflite_runtime": "2.14"}), []),
        (signed(board="jetson"), ["board"]),
        (signed(runtime={"ai_edge_litert": "2.3.1"}), ["runtime"]),
        (signed(runtime={"tflite_runtime": "2.14"}), ["runtime"]),
    ],
)
def test_s8_a_bundle_for_another_machine_is_not_for_this_one(custom: BundleCustom, names: list[Name]) -> None:
    assert [check.name for check in judging.for_here("embedder", custom, DEVICE) if not check.passed] == names


@pytest.mark.parametrize(("least", "enough"), [("", True), ("0.2.0", True), ("0.1", True), ("0.2.1", False)])
def test_s8_a_set_for_newer_software_is_refused(least: str, enough: bool) -> None:
    assert judging.firmware(least, DEVICE).passed is enough


# --- a set together

SEEN = Scene(faces=1, overlap=0.6, presence=0.9, own=0.9, other=0.6, length=1.0)


def scenes(*changes: dict[str, float]) -> Together:
    return Together(scenes=tuple(msgspec.structs.replace(SEEN, **one) for one in changes))


@pytest.mark.parametrize("wrong", [{"faces": 0}, {"overlap": 0.39}, {"presence": 0.49}, {"own": 0.6}, {"own": 0.1}])
def test_s8_a_set_must_find_and_know_two_drawn_faces_of_three(wrong: dict[str, float]) -> None:
    assert judging.together(scenes({}, {}, {})).passed
    assert judging.together(scenes({}, wrong, {})).passed
    check = judging.together(scenes(wrong, {}, wrong))
    assert not check.passed
    assert check.words.startswith("the set: ")
    assert "a drawn face" in check.words or "mesh" in check.words


@pytest.mark.parametrize("answer", [Together(), Together(scenes=(SEEN,) * 3, words="broken"), Died("survives", "died")])
def test_s8_a_set_that_was_not_seen_to_work_has_not_passed(answer: Together | Died) -> None:
    assert not judging.together(answer).passed


# --- the record


def slot(folder: Path) -> Path:
    for role in ROLES:
        (folder / role).mkdir(parents=True)
        (folder / role / MANIFEST).write_text(role, encoding="utf-8")
    return folder


def record(folder: Path, **changes: object) -> None:
    sound = GateRecord(board="pi", runtime=RUNTIME, at=1000.0, manifests=manifests_of(folder), report=report_of([GOOD]))
    (folder / GATE).write_bytes(msgspec.json.encode(msgspec.structs.replace(sound, **changes)))


def test_a_record_counts_where_it_was_made(tmp_path: Path) -> None:
    record(slot(tmp_path))
    assert not why_not_here(tmp_path, "pi", RUNTIME)
    assert why_not_here(tmp_path, "pi", RUNTIME) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"board": "jetson"}, "another board (jetson, and this is pi)"),
        ({"runtime": ("ai_edge_litert", "2.2.0")}, "another runtime (ai_edge_litert 2.2.0, and here is"),
        ({"runtime": ("tflite_runtime", "2.3.0")}, "another runtime"),
        ({"manifests": {}}, "its bundles are others now"),
        ({"report": report_of([GOOD, BAD])}, "did not pass the gate: embedder: far"),
        ({"report": report_of([])}, "did not pass the gate: nothing was looked at"),
        ({"report": msgspec.structs.replace(report_of([GOOD, BAD]), passed=True)}, "did not pass the gate"),
        ({"schema": 2}, "not what the gate writes"),
    ],
)
def test_s8_a_record_does_not_count(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    record(slot(tmp_path), **changes)
    assert why_not_here(tmp_path, "pi", RUNTIME)
    assert said in why_not_here(tmp_path, "pi", RUNTIME)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b"[" * 100_000, b" " * 300_000])
def test_s8_a_record_that_nobody_of_ours_wrote_does_not_count(raw: bytes, tmp_path: Path) -> None:
    (slot(tmp_path) / GATE).write_bytes(raw)
    assert "not what the gate writes" in why_not_here(tmp_path, "pi", RUNTIME)


def test_s8_a_bundle_that_changed_after_the_gate_does_not_count(tmp_path: Path) -> None:
    record(slot(tmp_path))
    (tmp_path / "embedder" / MANIFEST).write_text("another", encoding="utf-8")
    assert "its bundles are others now" in why_not_here(tmp_path, "pi", RUNTIME)


def test_a_set_that_failed_here_was_judged_here_and_one_of_another_runtime_was_not(tmp_path: Path) -> None:
    assert not judged_here(slot(tmp_path), "pi", RUNTIME)
    record(tmp_path, report=report_of([GOOD, BAD]))
    assert judged_here(tmp_path, "pi", RUNTIME)
    assert not judged_here(tmp_path, "pi", (RUNTIME[0], "9.0"))
    assert not judged_here(tmp_path, "pc", RUNTIME)
    (tmp_path / "embedder" / MANIFEST).write_text("another", encoding="utf-8")
    assert not judged_here(tmp_path, "pi", RUNTIME)


@pytest.mark.parametrize(("check", "judged"), [("ends", False), ("parity", True)])
def test_a_set_that_only_was_not_done_in_time_is_tried_again(check: Name, tmp_path: Path, *, judged: bool) -> None:
    late = Check(check, passed=False, value="no", limit="yes", words="it took too long")
    record(slot(tmp_path), report=report_of([GOOD, late]))
    assert judged_here(tmp_path, "pi", RUNTIME) is judged
    assert why_not_here(tmp_path, "pi", RUNTIME)


def test_what_was_tried_before_needs_no_room_for_a_copy(tmp_path: Path) -> None:
    cage = gating.Cage(command=("/nonexistent",))
    names = [check.name for check in gating.look_at(slot(tmp_path), DEVICE, Papers({}), cage=cage).checks]
    record(tmp_path)
    again = [check.name for check in gating.look_at(tmp_path, DEVICE, Papers({}), cage=cage).checks]
    assert "disk" in names
    assert [name for name in names if name != "disk"] == again


def test_s8_a_set_that_never_saw_the_gate_does_not_count(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in why_not_here(slot(tmp_path), "pi", RUNTIME)


def test_s8_nothing_is_run_of_a_set_that_is_incomplete_or_too_new(tmp_path: Path) -> None:
    """The child here would be no answer at all; and every fault is told, not the first alone."""
    cage = gating.Cage(command=("/nonexistent",))
    papers = Papers({role: signed(role) for role in ROLES[:3]}, "9.0")
    report = gating.examine(slot(tmp_path), DEVICE, papers, at=1.0, cage=cage)
    assert [(check.name, check.role) for check in report.checks if not check.passed] == [
        ("firmware", ""),
        *(("complete", role) for role in ROLES[:3]),
        ("role", ROLES[3]),
    ]
    assert "did not pass the gate: the set: it needs firmware 9.0" in why_not_here(tmp_path, "pi", RUNTIME)


def test_a_folder_of_no_known_role_is_told(tmp_path: Path) -> None:
    (slot(tmp_path) / "gaze").mkdir()
    (tmp_path / "gaze" / MANIFEST).write_text("x", encoding="utf-8")
    report = gating.look_at(tmp_path, DEVICE, Papers({}), cage=gating.Cage(command=("/nonexistent",)))
    assert "no model of this terminal has the role 'gaze'" in report.why
    assert not (tmp_path / GATE).exists()
