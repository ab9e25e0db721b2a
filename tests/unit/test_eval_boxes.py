"""Where faces are: a CSV table, or the text of WIDER FACE; a bad line is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import PictureError
from edge.eval.boxes import Truth, read_boxes
from edge.values import Box

if TYPE_CHECKING:
    from pathlib import Path

SIDES = st.integers(0, 2000)
BOXES = st.tuples(SIDES, SIDES, st.integers(1, 500), st.integers(1, 500))
PICTURES = st.dictionaries(
    st.from_regex(r"\A[a-z]{1,6}/[a-z_0-9]{1,9}\.jpg\Z"), st.lists(BOXES, max_size=3), min_size=1
)
HEAD = "file,left,top,width,height\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("boxes") / "boxes.txt"


def read(file: Path, text: str) -> tuple[Truth, ...]:
    file.write_text(text, encoding="utf-8")
    return read_boxes(file)


def fault(file: Path, text: str) -> str:
    with pytest.raises(PictureError) as raised:
        read(file, text)
    assert str(raised.value).startswith(f"{file}: ")
    return str(raised.value).removeprefix(f"{file}: ")


def test_a_table_has_a_row_a_face_and_a_bare_file_is_a_picture_without_one(file: Path) -> None:
    text = f"{HEAD}a.jpg,10,20,30,40\nsub/b.jpg,,,,\na.jpg, 1.5, -2, 3, 4\n"
    assert read(file, text) == (
        Truth("a.jpg", (Box(10, 20, 40, 60), Box(1.5, -2, 4.5, 2))),
        Truth("sub/b.jpg"),
    )


def test_a_table_may_have_its_columns_in_any_order_and_further_ones(file: Path) -> None:
    assert read(file, "who,height,width,top,left,file\nann,4,3,2,1,a.jpg\n") == (Truth("a.jpg", (Box(1, 2, 4, 6),)),)


def test_the_text_of_wider_face_is_known_by_its_shape(file: Path) -> None:
    text = (
        "0--Parade/0_1.jpg\n2\n449 330 122 149 0 0 0 0 0 0 \n1 2 3 4 0 0 0 1 0 0 \n"
        "0--Parade/0_2.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \n"
        "0--Parade/0_3.jpg\n2\n5 5 0 7 2 0 0 0 0 0 \n6 6 2 2 2 0 0 0 0 0 \n"
    )
    assert read(file, text) == (
        Truth("0--Parade/0_1.jpg", (Box(449, 330, 571, 479),), (Box(1, 2, 4, 6),)),
        Truth("0--Parade/0_2.jpg"),
        Truth("0--Parade/0_3.jpg", (Box(6, 6, 8, 8),), (Box(5, 5, 5, 12),)),
    )


def test_wider_pictures_without_faces_need_no_line_of_zeros(file: Path) -> None:
    assert read(file, "a.jpg\n0\nb.jpg\n1\n1 1 2 2\n") == (Truth("a.jpg"), Truth("b.jpg", (Box(1, 1, 3, 3),)))


@given(PICTURES)
def test_both_forms_say_the_same(file: Path, pictures: dict[str, list[tuple[int, ...]]]) -> None:
    rows = [",".join(map(str, (name, *box))) for name, boxes in pictures.items() for box in boxes or [()]]
    lines = [
        "\n".join([name, str(len(boxes)), *(" ".join(map(str, box)) for box in boxes or [(0,) * 10])])
        for name, boxes in pictures.items()
    ]
    table = read(file, HEAD + "\n".join(rows))
    assert [(one.file, len(one.faces)) for one in table] == [(name, len(boxes)) for name, boxes in pictures.items()]
    assert read(file, "\n".join(lines)) == table


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: needs the columns file,left,top,width,height"),
        ("a.jpg,1,2,3,4\n", "line 1: needs the columns"),
        (f"{HEAD}a.jpg,1,2,3\n", "line 2: 1,2,3, is no box"),
        (f"{HEAD}a.jpg,1,2,0,4\n", "line 2: 1,2,0,4 is no box"),
        (f"{HEAD}a.jpg,1,2,nan,4\n", "line 2: 1,2,nan,4 is no box"),
        (f"{HEAD}a.jpg,nan,2,3,4\n", "line 2: nan,2,3,4 is no box"),
        (f"{HEAD}a.jpg,1,2,3,inf\n", "line 2: 1,2,3,inf is no box"),
        (f"{HEAD}a.jpg,1,2,3,4\n,1,2,3,4\n", "line 3: names no file"),
        (f"{HEAD}a.jpg,1,2,-3,4\nb.jpg,x,2,3,4\n", "line 2: 1,2,-3,4 is no box"),
        (f"{HEAD}a.jpg,1,2,3,4\nb.jpg,x,2,3,4\n", "line 3: x,2,3,4 is no box"),
        (HEAD, "names no picture"),
        ("a.jpg\n2\n1 2 3 4\n", "line 2: says 2 faces, and 1 lines follow"),
        ("a.jpg\n1\n1 2 three 4\n", "line 3: '1 2 three 4' is no box"),
        ("a.jpg\n1\n1 2 3 -4\n", "line 3: '1 2 3 -4' is no box"),
        ("a.jpg\n1\n1 2 3 4\nb.jpg\nmany\n", "line 4: wants a picture's file"),
        ("a.jpg\n1\n1 2 3 4\n5 6 7 8\n", "line 4: wants a picture's file"),
    ],
)
def test_a_bad_line_is_named(file: Path, text: str, words: str) -> None:
    assert words in fault(file, text)


def test_many_bad_lines_are_counted(file: Path) -> None:
    said = fault(file, HEAD + "a.jpg,x,1,1,1\n" * 9)
    assert said.count("is no box") == 5
    assert said.endswith("; and 4 more")


def test_what_is_no_text_is_named(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PictureError, match="UTF-8"):
        read_boxes(file)
    with pytest.raises(PictureError, match="cannot be read"):
        read_boxes(file.parent / "missing.csv")
