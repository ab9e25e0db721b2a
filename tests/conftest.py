"""What every test may ask for: public photographs, the real models, and the option that writes golden files anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from edge.vision.pipeline import Eyes

# A loaded machine is no failure, and the same examples everywhere make a red build repeatable;
# `--hypothesis-profile explore` looks for new ones, and `mutants` is content with the first it finds.
settings.register_profile("check", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.register_profile(
    "mutants", deadline=None, derandomize=True, max_examples=50, database=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("check")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the replay tests' golden files anew")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have what takes minutes begin first: at the end everybody else would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def pictures() -> Path:
    """The folder of public photographs, fetched once into the user's cache."""
    from edge.app.pictures import fetch_pictures  # noqa: PLC0415 - most tests need no photograph

    return fetch_pictures()


@pytest.fixture(scope="session")
def photographs(pictures: Path) -> Mapping[str, NDArray[np.uint8]]:
    """Each photograph's pixels under its file's stem."""
    from edge.vision.picture import read, walk  # noqa: PLC0415 - most tests need no photograph

    return {path.stem: read(path) for path in walk([pictures])}


@pytest.fixture(scope="session")
def eyes() -> Eyes:
    """The models that the terminal runs, liveness included."""
    from edge.app.eyes import open_eyes  # noqa: PLC0415 - most tests need no model
    from edge.config import Config  # noqa: PLC0415 - as above

    return open_eyes(Config())
