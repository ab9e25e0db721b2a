"""Every bad picture is one clear line; every good one is the right pixels, upright and BGR."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge.errors import PictureError
from edge.vision.picture import decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH, HEIGHT = 48, 32


def ramp() -> NDArray[np.uint8]:
    """Upright, RGB: red grows to the right, green downwards, blue is 64; no two corners are alike."""
    x, y = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    return np.stack([x, y, np.full_like(x, 64)], axis=-1).astype(np.uint8)


def as_bgr(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return rgb[:, :, ::-1]


def saved(image: Image.Image, form: str, **options: Any) -> bytes:  # noqa: ANN401 - whatever Pillow takes
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:  # noqa: ANN401 - as above
    return saved(image or Image.fromarray(ramp()), "JPEG", quality=95, subsampling=0, **options)


def png(width: int, height: int, bits: int, colour: int, rows: bytes) -> bytes:
    """A PNG made by hand: Pillow writes no 16-bit colour, and should not build the huge ones."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def refused(content: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decode(content)
    message = str(caught.value)
    assert message
    assert "\n" not in message
    return message


# --- right pixels


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_a_lossless_picture_is_read_to_the_last_bit(form: str, options: dict[str, Any]) -> None:
    pixels = decode(saved(Image.fromarray(ramp()), form, **options))
    np.testing.assert_array_equal(pixels, as_bgr(ramp()))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


def test_a_jpeg_is_read_as_near_as_it_was_written() -> None:
    assert np.abs(decode(jpeg()).astype(int) - as_bgr(ramp())).max() <= 6


def test_a_grey_picture_has_three_equal_channels() -> None:
    grey = ramp()[:, :, 0]
    pixels = decode(saved(Image.fromarray(grey), "PNG"))
    np.testing.assert_array_equal(pixels, np.stack([grey] * 3, axis=-1))


def test_a_cmyk_jpeg_has_the_colours_it_shows() -> None:
    pixels = decode(jpeg(Image.fromarray(ramp()).convert("CMYK")))
    assert np.abs(pixels.astype(int) - as_bgr(ramp())).max() <= 8


def test_a_16_bit_grey_picture_keeps_its_grey_levels() -> None:
    grey = (ramp()[:, :, 0].astype(np.uint16)) * 257
    pixels = decode(saved(Image.fromarray(grey), "PNG"))
    np.testing.assert_array_equal(pixels[:, :, 0], ramp()[:, :, 0])


def test_a_16_bit_colour_picture_keeps_its_colours() -> None:
    deep = (ramp().astype(">u2") * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    np.testing.assert_array_equal(decode(png(WIDTH, HEIGHT, 16, 2, rows)), as_bgr(ramp()))


def test_a_floating_point_picture_with_holes_is_read_where_it_is_whole() -> None:
    levels = ramp()[:, :, 0].astype(np.float32)
    levels[0, :3] = np.nan, np.inf, -np.inf
    pixels = decode(saved(Image.fromarray(levels), "TIFF"))
    np.testing.assert_array_equal(pixels[1:, :, 0], ramp()[1:, :, 0])


def test_a_palette_picture_is_read_with_its_colours() -> None:
    few = Image.fromarray((ramp() // 64 * 64).astype(np.uint8))
    pixels = decode(saved(few.quantize(64), "PNG"))
    assert np.abs(pixels.astype(int) - as_bgr(np.asarray(few))).max() <= 2


def test_a_palette_picture_with_transparency_is_read_without_complaint() -> None:
    few = Image.fromarray(ramp()).quantize(64)
    np.testing.assert_array_equal(
        decode(saved(few, "PNG", transparency=bytes(range(64)))), as_bgr(np.asarray(few.convert("RGB")))
    )


def test_a_picture_with_alpha_is_read_without_it() -> None:
    rgba = np.dstack([ramp(), np.full((HEIGHT, WIDTH), 128, np.uint8)])
    np.testing.assert_array_equal(decode(saved(Image.fromarray(rgba), "PNG")), as_bgr(ramp()))


TURNED = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.transpose(a, (1, 0, 2)),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(np.transpose(a, (1, 0, 2)), 2),
    8: lambda a: np.rot90(a, -1),
}
"""How a camera stores an upright picture under each EXIF orientation."""


@pytest.mark.parametrize("orientation", sorted(TURNED))
def test_every_exif_orientation_comes_out_upright(orientation: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(TURNED[orientation](ramp())))
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(jpeg(stored, exif=exif))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(pixels.astype(int) - as_bgr(ramp())).max() <= 6


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_means_nothing_changes_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert decode(jpeg(exif=exif)).shape == (HEIGHT, WIDTH, 3)


def exif_with(tag: int, kind: int, count: int) -> bytes:
    """An EXIF block by hand: orientation 6, and a tag of a type that it never has."""
    entries = sorted([(0x0112, 3, 1, struct.pack("<HH", 6, 0)), (tag, kind, count, b"abcd")])
    table = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4)


@pytest.mark.parametrize("tag", [0x0100, 0x010F, 0x011A, 0x0128, 0x0213])
@pytest.mark.parametrize("kind", [1, 2, 7, 11])
def test_odd_exif_beside_the_orientation_harms_nothing(tag: int, kind: int) -> None:
    stored = Image.fromarray(np.ascontiguousarray(TURNED[6](ramp())))
    pixels = decode(jpeg(stored, exif=exif_with(tag, kind, 1)))
    assert np.abs(pixels.astype(int) - as_bgr(ramp())).max() <= 6


# --- clear refusals


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_truncated_jpeg_is_called_truncated(keep: float) -> None:
    whole = jpeg(Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)))
    assert "truncated" in refused(whole[: int(keep * len(whole))])


def test_a_truncated_png_is_called_truncated() -> None:
    whole = saved(Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)), "PNG")
    assert "truncated" in refused(whole[: len(whole) // 2])


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.7", b"<html></html>", b"\0" * 1000, b"\xff\xd8\xff"])
def test_what_is_no_picture_is_called_so(content: bytes) -> None:
    message = refused(content)
    assert "not a picture" in message or "damaged" in message


def test_a_kind_that_would_run_another_program_is_not_even_opened() -> None:
    assert "not a picture" in refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\nshowpage\n")


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_a_picture_too_small_for_a_face_is_called_too_small(size: tuple[int, int]) -> None:
    message = refused(saved(Image.new("RGB", size), "PNG"))
    assert f"{size[0]} x {size[1]}" in message
    assert "too small" in message


def test_the_smallest_picture_that_is_read() -> None:
    assert decode(saved(Image.new("RGB", (16, 16)), "PNG")).shape == (16, 16, 3)


@pytest.mark.parametrize("side", [8001, 20_000, 2**31 - 1])
def test_a_header_that_promises_too_many_pixels_is_refused_before_they_are_read(side: int) -> None:
    message = refused(png(side, side, 1, 0, b""))
    assert "make it smaller" in message
    assert "damaged" not in message


def test_a_whole_picture_of_20_000_by_20_000_is_refused() -> None:
    rows = bytes((20_000 // 8 + 1) * 20_000)
    assert "make it smaller" in refused(png(20_000, 20_000, 1, 0, rows))


def test_64_million_pixels_are_not_too_many() -> None:
    assert "damaged" in refused(png(8_000, 8_000, 1, 0, b""))


# --- laws


def only_pixels_or_a_clear_fault(content: bytes) -> None:
    try:
        pixels = decode(content)
    except PictureError as error:
        assert str(error)  # noqa: PT017 - either outcome is right, no other is
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3
        assert min(pixels.shape[:2]) >= 16


STARTS = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"BM", b"II*\0", b"MM\0*", b"GIF89a"]


@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_a_clear_fault(start: bytes, content: bytes) -> None:
    only_pixels_or_a_clear_fault(start + content)


def whole(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x011A] = 6, "maker", 72.0
    return saved(Image.fromarray(ramp()), form, exif=exif) if form != "BMP" else saved(Image.fromarray(ramp()), form)


FORMS = {form: whole(form) for form in ("JPEG", "PNG", "WEBP", "TIFF", "BMP")}
flips = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


@given(st.sampled_from(sorted(FORMS)), flips, st.sampled_from([1.0, 0.3, 0.05]), st.floats(0.2, 1))
def test_a_picture_with_flipped_bytes_raises_nothing_but_a_clear_fault(
    form: str, changes: list[tuple[float, int]], reach: float, keep: float
) -> None:
    content = bytearray(FORMS[form])
    for place, value in changes:
        content[int(place * reach * len(content))] = value
    only_pixels_or_a_clear_fault(bytes(content))
    only_pixels_or_a_clear_fault(bytes(content[: int(keep * len(content))]))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_no_single_byte_of_a_header_raises_anything_but_a_clear_fault(form: str) -> None:
    for place in range(min(300, len(FORMS[form]))):
        for value in (0, 5, 255, FORMS[form][place] ^ 1):
            content = bytearray(FORMS[form])
            content[place] = value
            only_pixels_or_a_clear_fault(bytes(content))
