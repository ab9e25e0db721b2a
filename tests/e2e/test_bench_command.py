"""`edge bench`, which is also `edge eval bench`, as typed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import msgspec
import pytest

from edge.cli import edge
from edge.eval.bench import BenchReport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.conftest import Typed


WITHOUT_EVAL = """
import sys
sys.modules["scipy"] = sys.modules["matplotlib"] = None
from edge.cli import main
main()
"""


def test_it_is_one_command_of_two_names() -> None:
    context = click.Context(edge)
    group = edge.get_command(context, "eval")
    assert isinstance(group, click.Group)
    assert edge.get_command(context, "bench") is group.get_command(context, "bench") is not None


@pytest.mark.long
@pytest.mark.pictures
def test_it_needs_no_extra_package(pictures: Path) -> None:
    words = "bench", "--source", str(pictures / "obama.jpg"), "--frames", "10", "--json"
    command = [sys.executable, "-c", WITHOUT_EVAL, *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert msgspec.json.decode(done.stdout, type=BenchReport).frame.calls == 10


@pytest.mark.pictures
def test_the_bench_times_every_stage_of_the_product(pictures: Path, typed: Typed) -> None:
    done = typed("bench", "--source", pictures / "obama.jpg", "--frames", "10", "--threads", "1", "--json")
    report = msgspec.json.decode(done.out, type=BenchReport)
    assert done.code == 0
    assert [one.stage for one in report.stages] == [
        "detect",
        "landmarks",
        "liveness",
        "embed",
        "surround",
        "relief",
        "screen",
        "timing",
        "search 1,000 templates",
    ]
    assert {one.calls for one in report.stages} == {report.frame.calls} == {10}
    assert [one.stage for one in report.search] == [
        f"search {size} templates" for size in ("1,000", "10,000", "50,000")
    ]
    assert [one.stage for one in report.invoke] == list(report.models)
    assert (report.threads, report.source) == (1, str(pictures / "obama.jpg"))
    assert 0 < report.outside_share < 1
    assert report.frames_per_s == pytest.approx(1e3 / report.frame.median_ms)
    assert all(0 < one.median_ms <= one.p95_ms for one in (*report.stages, *report.invoke, *report.search))
    assert min(report.start_up_ms, report.peak_rss_mb) > 0
    assert report.read_ms > 0
    assert report.read_gb_s == pytest.approx(102.4 / report.read_ms)


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [("text.jpg", 6, "not a picture"), ("nobody.png", 6, "good enough"), ("", 6, "no pictures")],
)
@pytest.mark.pictures
def test_a_bench_without_a_face_is_one_line(
    name: str, code: int, words: str, typed: Typed, odd: Path, tmp_path: Path
) -> None:
    done = typed("bench", "--source", odd / name if name else tmp_path, "--frames", "10")
    assert (done.code, done.out) == (code, "")
    assert words in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
