"""The terminal as a controller sees it: credentials and inputs go out, orders come in, all under a secure channel."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import osdp_sys

from hw.base import HardwareError, Order, OrderKind
from hw.osdp.frames import NAMES, POLL, Frame, Framer, looked_at
from hw.osdp.key import is_weak, read_key, write_key
from hw.osdp.library import Peripheral
from hw.osdp.notes import Notes
from hw.osdp.orders import Orders, capabilities, obeyed
from hw.osdp.outbox import CARD_BITS, FRESH_S, Outbox
from hw.osdp.serial import SerialLine
from hw.relock import CLOSE_S, Complaints

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.settings import OsdpSettings

OFFLINE_S = 8.0
"""Silence for so long is a controller that is gone; so says the standard."""
IDLE_S = 0.05
ORDERS = 64

_GONE = "the controller's line does not answer; it is opened again once a second"
_FAILED = "the controller's line failed; it goes on"
_UNTOLD = "a watcher of the controller's orders failed"
_UNKEPT = "the controller's new key could not be kept, and was refused"
_STATES = {0x64, 0x65, 0x66, 0x67}
_CARRIED = {0x68: OrderKind.OUTPUT, 0x69: OrderKind.LED, 0x6A: OrderKind.BUZZER}
_ORDERS = (osdp_sys.CMD_OUTPUT, osdp_sys.CMD_LED, osdp_sys.CMD_BUZZER)
_REFUSED = set(NAMES) - {POLL, 0x61, 0x62, 0x75, 0x76, 0x77, 0x7B, 0xA2, 0xA7} - _STATES - set(_CARRIED)


class OsdpController:
    """A controller on a serial line. One thread answers it, another one carries its orders to the watchers."""

    def __init__(self, settings: OsdpSettings) -> None:
        """Open the line and begin to answer.

        Raises:
            HardwareError: There is no key, or one that is not kept secret; or the device cannot be opened.
        """
        self._settings = settings
        self._key_path = Path(settings.key_file) if settings.key_file else None
        self._key = _opened_key(self._key_path, settings)
        self._notes = Notes()
        self._mutex = threading.Lock()
        self._lost = False
        self._heard_at = self._last_at = float("-inf")
        self._last = Frame(b"", 0, 0, secured=False)
        self._watchers: tuple[Callable[[Order], None], ...] = ()
        self._orders = Orders()
        self._ordered: queue.Queue[Order] = queue.Queue(ORDERS)
        self._outbox = Outbox(self._notes.say)
        self._framer = Framer()
        self._closed = threading.Event()
        self._line = SerialLine(settings.device, settings.baud)
        self._complaints = Complaints()
        self._note_mode()
        self._peripheral = self._begun()
        self._threads = [
            threading.Thread(target=self._run, name="osdp", daemon=True),
            threading.Thread(target=self._carry, name="osdp-orders", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def fault(self) -> str:
        """Why nothing reaches the controller now; empty when all is well."""
        with self._mutex:
            if self._lost:
                return "the serial device is gone"
            if self._key is None:
                return "installation mode"
            if time.monotonic() - self._heard_at > OFFLINE_S:
                return "the controller does not poll"
        return "" if self._outbox.open else "no secure channel"

    def report_card(self, number: int, bits: int) -> bool:
        """Tell of a granted credential; returns at once, False when it is lost (offline, queue full, does not fit)."""
        if not (0 < bits <= CARD_BITS and 0 <= number < 1 << bits):
            self._notes.say(f"a granted credential does not fit into {bits} bits, and was not told to the controller")
            return False
        return not self._closed.is_set() and self._outbox.add_card(number, bits)

    def report_inputs(self, inputs: tuple[bool, ...], *, tamper: bool) -> None:
        """Tell of the inputs and of tampering: of each change, and when a secure channel comes up."""
        self._outbox.set_inputs(inputs, tamper=tamper)

    def watch(self, notify: Callable[[Order], None]) -> None:
        """Call `notify(order)` from the driver's thread for each order."""
        with self._mutex:
            self._watchers = (*self._watchers, notify)

    def close(self) -> None:
        """Hang up; a second call does nothing. A watcher may call it."""
        self._closed.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except HardwareError as error:
                self._complaints.failed(_GONE, error)
                self._outbox.shut()
                with self._mutex:
                    self._lost = True
            except Exception as error:  # noqa: BLE001 - whatever came over the line, the door goes on without it (S10)
                self._complaints.failed(_FAILED, error)
                self._closed.wait(IDLE_S)
        self._outbox.shut()
        self._peripheral.close()
        self._line.close()
        self._complaints.close()
        self._notes.close()

    def _listen(self) -> None:
        received = self._line.read(IDLE_S)
        if self._lost or self._outbox.inputs != self._inputs:
            self._renew()
        for sent in self._framer.feed(received) if received else self._framer.idle():
            self._hear(sent)
        if not received:
            self._peripheral.idle()
            if not self._peripheral.secure:
                self._outbox.shut()

    def _renew(self) -> None:
        """Begin anew with the library: the controller is made to ask again who this is, and for a secure channel."""
        self._peripheral.close()
        self._outbox.shut()
        self._peripheral = self._begun()
        self._complaints.worked(_GONE)
        with self._mutex:
            self._lost = False

    def _begun(self) -> Peripheral:
        self._obeyed = obeyed(self._settings, installing=self._key is None)
        self._inputs = self._outbox.inputs
        offered = capabilities(self._obeyed, self._inputs)
        return Peripheral(self._settings.address, self._key, offered, self._line.write, self._obey)

    def _hear(self, sent: bytes) -> None:
        frame = looked_at(sent, self._settings.address)
        if isinstance(frame, str):
            if frame:
                self._notes.say(f"not heeded: {frame}")
            return
        now = time.monotonic()
        with self._mutex:
            self._heard_at = now
        if sent == self._last.sent and now - self._last_at < FRESH_S and self._peripheral.reply:
            self._line.write(self._peripheral.reply)  # the answer was lost: the command is not carried out again
            return
        self._last, self._last_at = frame, now
        installing = self._key is None
        event = self._outbox.take() if frame.command == POLL and frame.secured and self._outbox.open else None
        left = self._peripheral.hear(frame, event)
        if frame.secured or not self._peripheral.secure:  # a frame without a MAC proves nothing arrived
            self._outbox.settle(left=left, secure=self._peripheral.secure)
        self._note_refused(frame)
        if installing and self._key is not None:
            self._notes.say(
                "installation mode is over: the controller has set a key, and no other is accepted from now on"
            )
            self._renew()

    def _note_mode(self) -> None:
        if self._key is None:
            self._notes.say("INSTALLATION MODE: the default key and plain text are accepted until a key is set")
        elif self._settings.installing:
            self._notes.say(f"osdp.installing is set, but {self._key_path} holds a key: no other is accepted. Unset it")

    def _note_refused(self, frame: Frame) -> None:
        kind = _CARRIED.get(frame.command)
        if frame.command in _REFUSED or frame.command not in NAMES or (kind and kind not in self._obeyed):
            self._notes.say(f"the controller's {frame.name} was refused: this terminal does not obey it")

    def _obey(self, command: dict[str, Any]) -> bool:
        """Accept or refuse a command; the library calls this while it hears a frame. It never raises."""
        try:
            return self._accept(command)
        except Exception as error:  # noqa: BLE001 - an error here would go through C code that ignores it
            self._complaints.failed(_FAILED, error)
            return False

    def _accept(self, command: dict[str, Any]) -> bool:
        if command["command"] == osdp_sys.CMD_KEYSET:
            return self._last.secured and self._keep(bytes(command["data"]))
        if command["command"] == osdp_sys.CMD_STATUS:
            self._outbox.want_states()  # the binding cannot answer it; the next polls do
        if command["command"] not in _ORDERS:
            return False
        try:
            order = self._orders.read(command)
            return order is None or self._pass_on(order)
        except (ValueError, queue.Full) as error:
            self._notes.say(f"the controller's {self._last.name} was refused: {str(error) or 'too many orders wait'}")
            return False

    def _pass_on(self, order: Order) -> bool:
        if order.kind not in self._obeyed or not (self._last.secured or self._key is None):
            return False
        self._ordered.put_nowait(order)
        return True

    def _keep(self, key: bytes) -> bool:
        if self._key_path is None or is_weak(key):
            self._notes.say("the controller's KEYSET was refused: a key that anybody would try first")
            return False
        try:
            write_key(self._key_path, key)
        except HardwareError as error:
            self._complaints.failed(_UNKEPT, error)
            return False
        with self._mutex:
            self._key = key
        return True

    def _carry(self) -> None:
        while not self._closed.is_set():
            try:
                order = self._ordered.get(timeout=IDLE_S)
            except queue.Empty:
                continue
            with self._mutex:
                watchers = self._watchers
            for notify in watchers:
                try:
                    notify(order)
                except Exception as error:  # noqa: BLE001 - one watcher's fault must not end the thread
                    self._complaints.failed(_UNTOLD, error)
                else:
                    self._complaints.worked(_UNTOLD)


def _opened_key(path: Path | None, settings: OsdpSettings) -> bytes | None:
    if path is None:
        raise HardwareError(
            "osdp.key_file is not set: name the file of the secure channel's key, for there is no other"
        )
    key = read_key(path)
    if key is None and not settings.installing:
        raise HardwareError(
            f"osdp.key_file {path} does not exist: write the controller's key there with mode 0600, or set "
            "osdp.installing = true while the controller sets one"
        )
    return key
