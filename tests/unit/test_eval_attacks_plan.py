"""Which attacks are made, the table that names everything, and the files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import msgspec
import numpy as np
import pytest

from edge.config import Config
from edge.errors import EdgeError, PictureError
from edge.eval.attacks.make import make, record
from edge.eval.attacks.plan import Asked, plan, report, table
from edge.eval.attacks.recipe import Recipe
from edge.eval.attacks.sources import distance, frames, of_clip, of_still, to_source
from edge.eval.attacks.species import CONTROLS, INJECTED, PRINTS, SCREENS, SENTENCES, STILL, Species
from edge.eval.clips import Clip, of_labels
from tests.unit.attack_builders import APART, HEIGHT, WIDTH, dots, flat, person_clip

if TYPE_CHECKING:
    from edge.eval.attacks.sources import Source
    from tests.unit.attack_builders import Pixels

SMALL = Asked(seconds=0.3, size=(160, 120), distances=(20.0, 40.0))
EYES = np.array([[140.0, 120.0], [180.0, 120.0]])


def people(count: int = 2, clips: int = 2) -> list[Source]:
    return [
        person_clip([flat()] * 9, person=f"p{person}", name=f"c{person}{clip}.avi")
        for person in range(count)
        for clip in range(clips)
    ]


def test_every_source_is_shown_in_every_species_at_every_distance() -> None:
    made = [recipe for recipe, _ in plan(people(), SMALL)]
    assert len({one.clip for one in made}) == len({one.camera for one in made}) == len(made)
    counts = Counter(one.species for one in made)
    assert counts.pop(Species.LIVE_SHIFT) == 4
    assert counts.pop(Species.LIVE_ZOOM) >= 4  # two distances below the clip's own are one
    assert {counts[kind] for kind in PRINTS | SCREENS} == {8}
    assert set(counts) == set(Species) - {Species.LIVE_SHIFT, Species.LIVE_ZOOM}
    assert set(SENTENCES) == set(Species)


def test_a_few_of_each_species_mix_people_and_distances() -> None:
    made = [recipe for recipe, _ in plan(people(), replace(SMALL, count=4, species=(Species.PRINT_SHEET,)))]
    assert Counter(one.person for one in made) == {"p0": 2, "p1": 2}
    assert Counter(one.eyes_px for one in made) == {20: 2, 40: 2}
    assert len({one.source for one in made}) == 4


def test_what_is_made_of_one_source_does_not_depend_on_the_others() -> None:
    alone = {one.clip: one for one, _ in plan(people(1), SMALL)}
    together = {one.clip: one for one, _ in plan(people(3), SMALL)}
    assert alone.items() <= together.items()
    other = {one.clip: one for one, _ in plan(people(1), replace(SMALL, seed=2))}
    assert other.keys() == alone.keys()
    assert all(one != alone[clip] for clip, one in other.items() if one.species is not Species.LIVE_SHIFT)


def test_each_species_is_made_as_it_is_named() -> None:
    for one, source in plan(people(4, 4), replace(SMALL, rooms=("x.jpg",))):
        assert one.bona_fide == (one.species in CONTROLS)
        assert (one.paper is not None) == (one.species in PRINTS)
        assert (one.screen is not None) == (one.species in SCREENS)
        assert one.room == ("x.jpg" if one.species in PRINTS | SCREENS else "")
        assert bool(one.bend) == (one.species is Species.PRINT_BENT)
        moves = any(msgspec.structs.astuple(one.handling))
        assert moves == (one.species in (PRINTS | SCREENS) - STILL)
        seen = one.species in (PRINTS | SCREENS) - {Species.PRINT_FILLING, Species.PHONE_FILLING}
        assert (one.outline is not None) == seen
        assert one.outline is None or one.outline.cutout == (one.species is Species.PRINT_CUTOUT)
        assert one.outline is None or one.outline.hand == (one.species not in STILL)
        assert (one.period == 1) == (one.species in PRINTS | {Species.REPLAY_FROZEN})
        assert one.species is not Species.REPLAY_LOOP or 1 < one.period < source.count
        assert abs(one.handling.yaw_deg) <= 25
        assert one.start in source.eyes


def test_a_clip_gives_no_more_frames_than_it_has_but_a_loop_and_a_print_do() -> None:
    long = {one.species: one for one, _ in plan(people(1, 1), replace(SMALL, seconds=2.0, distances=(40.0,)))}
    assert long[Species.PHONE_REPLAY].frames == 9
    assert long[Species.LIVE_ZOOM].frames == 9
    assert long[Species.PRINT_SHEET].frames == 20
    assert long[Species.REPLAY_FROZEN].frames == 20
    assert long[Species.REPLAY_LOOP].frames >= 3 * long[Species.REPLAY_LOOP].period


def test_photographs_are_printed_and_not_replayed() -> None:
    still = replace(person_clip([flat()]), fps=0.0, file=Path("ann_1.jpg"))
    made = [one for one, _ in plan([still], SMALL)]
    assert {one.species for one in made} == PRINTS
    assert {one.fps for one in made} == {30.0}
    with pytest.raises(PictureError, match="photographs give prints only"):
        plan([still], replace(SMALL, species=(Species.PHONE_REPLAY,)))


def test_what_fills_the_picture_is_near_enough_to_fill_it() -> None:
    far = replace(SMALL, distances=(5.0,), species=tuple(INJECTED | CONTROLS | {Species.PRINT_FILLING}))
    assert {one.eyes_px for one, _ in plan(people(1, 1), far)} == {APART * 0.5, APART}  # half the size; as it is


def test_two_clips_that_would_have_one_name_are_refused() -> None:
    one = people(1, 1)[0]
    other = replace(one, file=Path("elsewhere") / one.file.name)
    with pytest.raises(PictureError, match=r"c00\.avi and elsewhere.c00\.avi: both would be .*; rename one"):
        plan([one, other], SMALL)


def test_a_person_may_have_any_name() -> None:
    odd = replace(people(1, 1)[0], person="../Ann B.")
    assert {one.clip.count("/") for one, _ in plan([odd], SMALL)} == {1}
    assert {one.person for one, _ in plan([odd], SMALL)} == {"../Ann B."}


def _names(kind: type[msgspec.Struct], before: str = "") -> set[str]:
    found = set()
    for field in msgspec.structs.fields(kind):
        inner = [one for one in getattr(field.type, "__args__", (field.type,)) if isinstance(one, type)]
        struct = next((one for one in inner if issubclass(one, msgspec.Struct)), None)
        found |= _names(struct, f"{before}{field.name}.") if struct else {before + field.name}
    return found


def test_the_table_names_every_parameter_of_every_clip() -> None:
    made = [recipe for recipe, _ in plan(people(), SMALL)]
    rows = list(csv.DictReader(io.StringIO(table(made))))
    assert set(rows[0]) == _names(Recipe)
    assert [row["clip"] for row in rows] == [one.clip for one in made]
    for row, one in zip(rows, made, strict=True):
        assert (row["person"], row["species"], row["source"]) == (one.person, one.species, one.source)
        assert float(row["eyes_px"]) == one.eyes_px
        assert row["bona_fide"] == ("yes" if one.bona_fide else "no")
        assert row["size"] == "160 120"
        assert float(row["camera.psf_px"]) == pytest.approx(one.camera.psf_px, rel=1e-4)
        assert bool(row["screen.glow"]) == (one.screen is not None)


def test_the_report_counts_species_and_people_and_survives_json() -> None:
    made = [recipe for recipe, _ in plan(people(), replace(SMALL, count=3))]
    written = report(made, "office", 7)
    assert (written.data, written.seed, written.people) == ("office", 7, 2)
    assert set(written.species.values()) == {3}
    assert msgspec.json.decode(msgspec.json.encode(written), type=type(written)) == written


def write(file: Path, pictures: list[Pixels]) -> Path:
    record(file, pictures, 10.0, (WIDTH, HEIGHT))
    return file


def test_a_video_is_written_without_loss_and_the_same_twice(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (4, HEIGHT, WIDTH, 3)).astype(np.uint8)
    one, other = (write(tmp_path / f"{name}.avi", list(noise)) for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert np.array_equal(frames(replace(person_clip([noise[0]]), file=one), Config()), noise)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.avi", "b.avi"]


def test_a_video_that_cannot_be_written_is_one_clear_line_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"x\.avi: cannot be written as FFV1 video"):
        record(tmp_path / "gone" / "x.avi", [flat()], 10.0, (WIDTH, HEIGHT))
    (tmp_path / "y.avi").mkdir()
    with pytest.raises(EdgeError, match=r"y\.avi: cannot be written: .*; name another place"):
        record(tmp_path / "y.avi", [flat()], 10.0, (WIDTH, HEIGHT))
    assert [path.name for path in tmp_path.iterdir()] == ["y.avi"]


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "live-shift").write_text("in the way")
    source = replace(person_clip([flat()]), file=write(tmp_path / "a.avi", [flat()]))
    with pytest.raises(EdgeError, match="live-shift: cannot be made as a folder"):
        make(plan([source], replace(SMALL, species=(Species.LIVE_SHIFT,))), tmp_path, Config(), {})


def test_a_clip_is_looked_at_every_fifth_frame_and_eyes_are_where_they_mostly_are(tmp_path: Path) -> None:
    file = write(tmp_path / "a.avi", [dots()] * 12)
    asked = []

    def find(picture: Pixels) -> np.typing.NDArray[np.float64] | None:
        asked.append(picture)
        return None if len(asked) == 2 else EYES + 10 * len(asked)

    source = of_clip(Clip(file, "ann"), Config(), find)
    assert (source.person, source.count, source.size) == ("ann", 12, (WIDTH, HEIGHT))
    assert source.fps == pytest.approx(10)
    assert list(source.eyes) == [0, 10]
    assert source.middle == pytest.approx(EYES + 20)
    assert not source.still


def test_somebody_without_a_face_is_refused_by_name(tmp_path: Path) -> None:
    file = write(tmp_path / "a.avi", [flat()])
    with pytest.raises(PictureError, match=r"a\.avi: no face is found"):
        of_clip(Clip(file, "ann"), Config(), lambda _: None)
    cv2.imwrite(str(tmp_path / "a.png"), flat())
    with pytest.raises(PictureError, match=r"a\.png: no face is found"):
        of_still(tmp_path / "a.png", "ann", lambda _: None)
    still = of_still(tmp_path / "a.png", "ann", lambda _: EYES)
    assert still.still
    assert np.array_equal(frames(still, Config()), [flat()])


def test_eyes_set_the_scale() -> None:
    assert distance(EYES) == 40
    assert to_source(EYES) @ [0.5, 1, 1] == pytest.approx([180, 160, 1])
    assert distance(np.zeros((2, 2))) == 1


def test_everything_planned_is_made_and_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    clip = write(tmp_path / "a.avi", [dots()] * 4)
    cv2.imwrite(str(tmp_path / "room.png"), flat(200))
    source = replace(person_clip([dots()] * 4), file=clip)
    asked = replace(SMALL, distances=(30.0,), rooms=("r",))
    files: list[dict[str, bytes]] = []
    for out, jobs in ((tmp_path / "one", 1), (tmp_path / "two", 3)):
        planned = plan([source], asked)
        done: list[int] = []
        make(planned, out, Config(), {"r": tmp_path / "room.png"}, jobs, done.append)
        assert sum(done) == len(planned) == len(Species)
        (out / "labels.csv").write_text(table([recipe for recipe, _ in planned]))
        assert len(of_labels(out, out / "labels.csv")) == len(planned)
        files.append({recipe.clip: (out / recipe.clip).read_bytes() for recipe, _ in planned})
        for recipe, _ in planned:
            video = cv2.VideoCapture(str(out / recipe.clip), cv2.CAP_FFMPEG)
            assert video.get(cv2.CAP_PROP_FRAME_COUNT) == recipe.frames
    assert files[0] == files[1]
    assert files[0]["live-shift/ann-a-40px.avi"] == clip.read_bytes()
