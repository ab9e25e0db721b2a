"""A device's own key: made once, never replaced, and its public half is what others are given."""

from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from edge import keys
from edge.app.identity import device_id, device_key, device_name, device_public, public_file
from edge.app.places import places
from edge.errors import SignatureError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_key_is_made_once_and_signs(tmp_path: Path) -> None:
    here = places(tmp_path)
    private = device_key(here)
    assert device_key(here) == private
    keys.verify(b"a receipt", keys.sign(b"a receipt", private), device_public(here))
    assert device_id(here) == keys.key_id(device_public(here))
    assert public_file(here).read_bytes() == device_public(here)


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    here = places(tmp_path)
    device_key(here)
    assert stat.S_IMODE(here.device_key.stat().st_mode) == 0o600
    assert stat.S_IMODE(here.device_key.parent.stat().st_mode) == 0o700
    assert sorted(path.name for path in here.device_key.parent.iterdir()) == ["device.key", "device.pub"]


def test_a_public_half_that_is_missing_or_another_keys_is_put_right(tmp_path: Path) -> None:
    here = places(tmp_path)
    public = device_public(here)
    for wrong in (None, keys.new_pair()[1]):
        public_file(here).unlink()
        if wrong:
            public_file(here).write_bytes(wrong)
        device_key(here)
        assert public_file(here).read_bytes() == public


@pytest.mark.parametrize("content", [b"", b"no key", b"\xff" * 5000, keys.new_pair()[1]])
def test_a_damaged_key_is_named_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    here = places(tmp_path)
    here.device_key.parent.mkdir()
    here.device_key.write_bytes(content)
    with pytest.raises(SignatureError, match=r"device\.key.*put the device's key back"):
        device_key(here)
    assert here.device_key.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where a folder belongs")
    with pytest.raises(SignatureError, match=r"keys/device\.key: this device's key cannot be read or made"):
        device_key(places(tmp_path))


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from edge.app.identity import device_id
from edge.app.places import places
print(device_id(places(Path(sys.argv[1]))))
"""
    words = [sys.executable, "-c", program, str(tmp_path)]
    starting = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {one.communicate(timeout=60)[0].strip() for one in starting}
    assert said == {device_id(places(tmp_path))}


def test_who_may_not_read_the_keys_knows_the_device_by_the_public_half_beside_the_models(tmp_path: Path) -> None:
    here, other = places(tmp_path / "one"), places(tmp_path / "other")
    here.models.mkdir(parents=True)
    (here.models / "device.pub").write_bytes(device_public(other))
    assert device_name(here) == device_id(other)
    assert not here.device_key.exists(), "no key is made to tell"
