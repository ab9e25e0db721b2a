"""One nginx for all tests of a real line; `scripts/check-ota` installs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.nginx.server import Served, find_nginx, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    if find_nginx() is None:
        pytest.skip("nginx is not installed: run scripts/check-ota")
    with served(tmp_path_factory.mktemp("nginx")) as running:
        yield running


@pytest.fixture
def server(nginx: Served) -> Iterator[Served]:
    """The same, in order whatever a test did to it."""
    (nginx.folder / "down").unlink(missing_ok=True)
    yield nginx
    (nginx.folder / "down").unlink(missing_ok=True)
