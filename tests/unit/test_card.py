"""A card says in words what the manifest says, and what the figures do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from edge.convert.card import card
from edge.vision.bundle import find, load
from edge.vision.manifest import Accuracy, Against, Parity

if TYPE_CHECKING:
    from edge.vision.manifest import Manifest

BESIDE = Against("tiny-float-1", "c" * 64, 1600, -0.0032, -0.0087, 0.0011, 1000)
SHARE = Accuracy(1e-4, 910, 1000, 0.8904, 0.9267, "a set", "edge eval calibrate tiny-1")


def shipped() -> Manifest:
    return load(find("mobilefacenet-dynamic-1")).manifest


def text(manifest: Manifest) -> str:
    return card("Use it.", "Not for all.", manifest).decode()


def rows(manifest: Manifest, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, its head first."""
    (table,) = [
        part for part in text(manifest).split("\n\n") if part.startswith("| ") and part in after(manifest, heading)
    ]
    lines = [line.strip("|").split("|") for line in table.splitlines() if not line.startswith("|---")]
    return [[cell.strip() for cell in line] for line in lines]


def after(manifest: Manifest, heading: str) -> str:
    """What follows a heading, until the next one."""
    return text(manifest).partition(f"**{heading}**")[2].partition("\n\n**")[0]


def test_what_is_accepted_is_a_table_with_its_intervals() -> None:
    plain = replace(shipped(), accuracy=[SHARE])
    head, row = rows(plain, "Accepted")
    assert row == ["0.0001", "910", "1,000", "91.00%", "89.04% to 92.67%", "a set"]
    assert len(head) == len(row)
    assert "Measured by `edge eval calibrate tiny-1`." in after(plain, "Accepted")
    assert "paired bootstrap" not in text(plain)


def test_the_difference_has_a_column_and_its_sign_where_a_reference_was_measured() -> None:
    beside = replace(shipped(), accuracy=[replace(SHARE, against=BESIDE), replace(SHARE, fmr=1e-5)])
    head, compared, alone = rows(beside, "Accepted")
    assert "`tiny-float-1`" in head[5]
    assert compared[5] == "-0.32 (-0.87 to +0.11)"
    assert alone[5] == "-"
    assert len(head) == len(compared) == len(alone) == 7
    assert "above zero means that this bundle accepts more" in after(beside, "Accepted")
    assert "1,000 draws of the people in the 1,600 pictures that both embedded" in after(beside, "Accepted")


def test_a_bundle_that_was_not_measured_has_no_such_table() -> None:
    assert "**Accepted**" not in text(replace(shipped(), accuracy=[]))


@pytest.mark.parametrize(("data", "said"), [("LFW-dev (10 people)", True), ("a set", False)])
def test_wrong_names_in_lfw_are_told_where_thresholds_rest_on_it(data: str, *, said: bool) -> None:
    curve = [replace(point, data=data) for point in shipped().threshold]
    assert ("under wrong names" in after(replace(shipped(), threshold=curve), "Thresholds")) is said


def test_a_distance_on_the_pictures_of_the_calibration_is_marked() -> None:
    figures = [Parity("cosine", 0.99, 0.98, 0.97, 10, data, "edge models parity") for data in ("known", "strange")]
    numbers = replace(shipped().quantisation, calibration="ranges: known (CC BY 4.0), 10 inputs")
    marked = replace(shipped(), parity=figures, quantisation=numbers)
    assert [row[-1] for row in rows(marked, "Distance to the float32 variant")] == ["pictures", "known \\*", "strange"]
    assert "\\* The activation ranges come from pictures of this set" in text(marked)
    unmarked = replace(shipped(), parity=figures)
    assert "\\*" not in text(unmarked)
