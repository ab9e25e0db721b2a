"""What the library's Python binding leaves open, and this package makes good."""

from __future__ import annotations

import gc
import subprocess
import sys
from typing import Any

import osdp_sys
import pytest

from hw.osdp.frames import Frame, looked_at
from hw.osdp.library import Peripheral
from hw.osdp.orders import capabilities, obeyed
from hw.settings import OsdpSettings
from tests.panels import ADDRESS, KEY, frame

LED = bytes((0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 10, 0, 2, 0))

HANDSHAKE = """
from hw.osdp.frames import Frame
from hw.osdp.library import Peripheral
from tests.panels import frame
out = []
device = Peripheral(101, bytes(range(16)), [], lambda reply: out.append(reply) or len(reply), lambda _: False)
device.hear(Frame(frame(0x61, b"\\0"), 0x61, 0, False))
device.hear(Frame(frame(0x76, bytes(8), sequence=1, block=b"\\3\\x11\\1"), 0x76, 1, False))
print(out[-1][8 + 9 : 8 + 17].hex())
"""


def heard(sent: bytes) -> Frame:
    seen = looked_at(sent, ADDRESS)
    assert isinstance(seen, Frame)
    return seen


def made(key: bytes | None = None, *, accepts: bool = True) -> tuple[Peripheral, list[bytes], list[dict[str, Any]]]:
    replies: list[bytes] = []
    commands: list[dict[str, Any]] = []

    def write(reply: bytes) -> int:
        replies.append(reply)
        return len(reply)

    def obey(command: dict[str, Any]) -> bool:
        commands.append(command)
        return accepts

    offered = capabilities(obeyed(OsdpSettings(obey="outputs"), installing=False), 3)
    return Peripheral(ADDRESS, key, offered, write, obey), replies, commands


def test_the_handshakes_nonce_is_another_one_in_each_process() -> None:
    """With the same one, a recorded session with its orders would be taken for the controller's after a restart."""
    nonces = {
        subprocess.run([sys.executable, "-c", HANDSHAKE], capture_output=True, text=True, check=True).stdout.strip()
        for _ in range(3)
    }
    assert len(nonces) == 3
    assert all(len(bytes.fromhex(nonce)) == 8 for nonce in nonces)


@pytest.mark.parametrize("accepts", [True, False])
def test_thousands_of_orders_use_up_nothing(accepts: bool) -> None:
    device, replies, commands = made(accepts=accepts)
    device.hear(heard(frame(0x61, b"\x00")))
    gc.collect()
    before = sys.getrefcount(None)
    for turn in range(3000):
        device.hear(heard(frame(0x69, LED, sequence=turn % 3 + 1)))
        commands.clear()
    assert abs(sys.getrefcount(None) - before) < 1000
    assert len(replies) == 3001


def test_a_plain_order_is_not_heard_where_there_is_a_key() -> None:
    device, replies, commands = made(KEY)
    device.hear(heard(frame(0x61, b"\x00")))
    device.hear(heard(frame(0x68, bytes((0, 2, 0, 0)), sequence=1)))
    assert commands == []
    assert len(replies) == 2
    assert not device.secure


def test_an_event_that_did_not_leave_is_not_kept() -> None:
    device, _, _ = made(KEY)
    card = {"event": osdp_sys.EVENT_CARDREAD, "reader_no": 0, "direction": 0, "format": 0, "length": 8, "data": b"\x05"}
    device.hear(heard(frame(0x61, b"\x00")))
    assert not device.hear(heard(frame(0x60, sequence=1)), card)  # refused: there is no channel


def test_its_log_goes_where_the_process_logs(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from tests.panels import until  # noqa: PLC0415 - one test needs it

    device, _, _ = made(KEY)
    device.hear(heard(frame(0x61, b"\x00")))
    device.hear(heard(frame(0x6B, bytes(6), sequence=1)))
    assert until(lambda: "TEXT(6b) not allowed due to ENFORCE_SECURE" in caplog.text)
    assert capfd.readouterr() == ("", "")
