"""What time it is at least, on a board whose clock stands still without power, and what a card's file is worth then."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from edge import keys
from edge.access.clock import BUILT
from edge.access.memory import Memory
from edge.app.first_boot import apply
from edge.app.in_force import in_force
from edge.app.keeping import Keeper
from edge.app.known_time import floor
from edge.errors import ProvisionError
from edge.provision import InForce
from tests.provisioning import NOW, device, document, signed, tree

if TYPE_CHECKING:
    from pathlib import Path

KEY = keys.new_pair()[0]
PAST = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
"""What a clock without a battery shows a minute after power came."""
EXPIRED = signed(document(expires=NOW - timedelta(minutes=1)), KEY)
DAY = timedelta(days=1)


def saved(root: Path, at: datetime) -> None:
    """Leave the file that systemd-timesyncd keeps."""
    path = root / "var/lib/systemd/timesync/clock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at.timestamp(), at.timestamp()))


def image_of(root: Path, at: datetime) -> None:
    """Leave what an image says of itself."""
    facts = root / "usr/lib/door-terminal/image.toml"
    facts.parent.mkdir(parents=True, exist_ok=True)
    facts.write_text(f'name = "door-terminal"\nepoch = {int(at.timestamp())}\n')


def remembered(root: Path, at: datetime) -> None:
    """Leave what a door process remembers, as it writes it."""
    keeper = Keeper(root / "var/lib/door-lock/door-memory.json", now=1.0)
    keeper.keep(Memory(newest=at.timestamp()), 1.0)
    keeper.close()


@pytest.mark.parametrize("left", [saved, image_of, remembered])
def test_s3_a_clock_that_is_behind_brings_no_expired_file_to_life(tmp_path: Path, left: object) -> None:
    here = device(tmp_path, PAST)
    left(here.root, NOW)  # type: ignore[operator]
    (here.boot / "terminal.toml").write_bytes(EXPIRED)
    before = tree(here.root / "etc")
    with pytest.raises(ProvisionError, match="it expired on 2026-11-29, and it is 2026-11-29 at least"):
        apply(here)
    assert tree(here.root / "etc") == before


def test_a_terminal_without_battery_and_network_is_provisioned_by_a_file_of_after_its_last_known_time(
    tmp_path: Path,
) -> None:
    here = device(tmp_path, PAST)
    saved(here.root, NOW - 30 * DAY)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    assert apply(here) == "done"
    certificate = x509.load_pem_x509_certificate((here.root / "etc/door-terminal/tls/device.crt").read_bytes())
    assert certificate.not_valid_before_utc == document().terminal.issued - DAY  # head office's clock, not this one's


def test_s3_a_file_that_is_in_force_is_a_time_that_was(tmp_path: Path) -> None:
    here = device(tmp_path, PAST)
    (here.boot / "terminal.toml").write_bytes(signed(document(), KEY))
    apply(here)
    long_ago = document(issued=document().terminal.issued - 9 * DAY, expires=document().terminal.issued - DAY)
    (here.boot / "terminal.toml").write_bytes(signed(long_ago, KEY))
    with pytest.raises(ProvisionError, match="it expired on"):
        apply(here)
    assert floor(here.root, in_force(here.root)) == document().terminal.issued


def test_s3_a_file_of_the_future_is_refused_by_a_clock_that_a_time_server_set_and_by_no_other(tmp_path: Path) -> None:
    early = signed(document(issued=NOW + 3 * DAY, expires=NOW + 5 * DAY), KEY)
    for known in (True, False):
        here = dataclasses.replace(device(tmp_path / str(known)), synchronised=known)
        (here.boot / "terminal.toml").write_bytes(early)
        if known:
            with pytest.raises(ProvisionError, match="it is said to be made on 2026-12-02"):
                apply(here)
        else:
            assert apply(here) == "done"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("usr/lib/door-terminal/image.toml", "epoch = "),
        ("usr/lib/door-terminal/image.toml", 'epoch = "soon"'),
        ("usr/lib/door-terminal/image.toml", "epoch = inf"),
        ("usr/lib/door-terminal/image.toml", "epoch = 9999999999"),
        ("var/lib/door-lock/door-memory.json", "{"),
        ("var/lib/door-lock/door-memory.json", json.dumps({"memory": {"newest": 1e300}})),
    ],
)
def test_what_is_damaged_or_no_time_at_all_keeps_no_terminal_from_being_provisioned(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(content)
    assert floor(tmp_path, None) == datetime.fromtimestamp(BUILT, UTC)


def test_the_latest_of_all_counts(tmp_path: Path) -> None:
    saved(tmp_path, NOW - DAY)
    image_of(tmp_path, NOW - 2 * DAY)
    force = InForce(id="berlin-1", issued=NOW, digest="0")
    assert floor(tmp_path, None) == NOW - DAY
    assert floor(tmp_path, force) == NOW
