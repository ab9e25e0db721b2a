"""Public photographs for the demo and the tests: fetched into a cache, checked, never part of the repository."""

from __future__ import annotations

import hashlib
from pathlib import Path

from platformdirs import user_cache_path

from edge.app.packages import Package, Source, fetch

_PORTRAITS = Package(
    registry="pypi",
    name="face-recognition",
    version="1.3.0",
    archive="face_recognition-1.3.0.tar.gz",
    sha256="5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    licence="MIT",
    note="The portraits are works of the United States government, hence in the public domain.",
    form="sdist",
)
_SCIENCE = Package(
    registry="pypi",
    name="scikit-image",
    version="0.26.0",
    archive="scikit_image-0.26.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl",
    sha256="74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    licence="BSD-3-Clause",
    note="The picture of the astronaut is a NASA photograph, hence in the public domain.",
    platform="manylinux_2_28_x86_64",
)
_FOLDER = "face_recognition-1.3.0/tests/test_images"
PICTURES = (
    Source(_PORTRAITS, f"{_FOLDER}/obama.jpg", "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
    Source(_PORTRAITS, f"{_FOLDER}/obama2.jpg", "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
    Source(_PORTRAITS, f"{_FOLDER}/obama3.jpg", "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
    Source(
        _PORTRAITS,
        f"{_FOLDER}/obama_partial_face.jpg",
        "c2d1f09e7ef3042352b41e41286e6eb0522f64f88308be13886991b95db52117",
    ),
    Source(
        _PORTRAITS,
        f"{_FOLDER}/obama_partial_face2.jpg",
        "9a812347f97633542b8cd9992de22def11b74f79d82056bc3ee830f13878e028",
    ),
    Source(_PORTRAITS, f"{_FOLDER}/biden.jpg", "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
    Source(_SCIENCE, "skimage/data/astronaut.png", "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
)
"""One person in five photographs, and two strangers."""


def fetch_pictures() -> Path:
    """Return a cache folder that holds every picture whole, downloading what is not there yet.

    Raises:
        PackageError: A package cannot be had, or is not the one that is pinned.
    """
    folder = user_cache_path("door-terminal") / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    for source in PICTURES:
        path = folder / Path(source.member).name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != source.sha256:
            path.write_bytes(fetch(source))
    return folder
