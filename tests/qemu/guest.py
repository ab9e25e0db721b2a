"""An emulated device: QEMU's `virt` machine with a card of the test image, its console, its pins and its power."""

from __future__ import annotations

import contextlib
import json
import resource
import selectors
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

from tests.qemu.console import STARTS_S, Console, GuestError
from tests.qemu.pins import EVENTS, EXIT, TIMER_EVENTS, Change, Trace, changes

if TYPE_CHECKING:
    from pathlib import Path

MEMORY_MB = 1024
_ANSWERS_S = 120.0
_COUNTED = ("-smp", "1", "-accel", "tcg,thread=single", "-icount", "shift=1,sleep=on")


class Wire:
    """A socket of QEMU's on which lines go back and forth."""

    def __init__(self, path: Path) -> None:
        deadline = time.monotonic() + STARTS_S
        self._socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self._socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError) as error:
                if time.monotonic() > deadline:
                    raise GuestError(f"QEMU did not open {path} within {STARTS_S:.0f} s") from error
                selectors.DefaultSelector().select(0.05)
        self._socket.settimeout(_ANSWERS_S)
        self._file = self._socket.makefile("rwb", buffering=0)

    def ask(self, line: str) -> str:
        """Send a line and return the next one."""
        self._file.write(line.encode() + b"\n")
        return self.read()

    def read(self) -> str:
        """Return the next line."""
        return self._file.readline().decode()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()


class Guest:
    """A machine that runs, until its power is cut.

    Its clock counts instructions, 2 ns each: a slow host makes nothing late in it. It has one processor, and its timer
    is traced. While it has nothing to do its clock is the host's.

    A write that the guest did not flush may be lost with its page cache; what its disk was given is kept, for the
    host's page cache outlives QEMU's process. A card that loses or tears what it was given is not shown by this.
    """

    def __init__(self, image: Path, card: Path, folder: Path, *, words: tuple[str, ...] = ()) -> None:
        """Switch it on.

        Args:
            image: The folder that `scripts/image` built: kernel, initrd.
            card: The card, as `new_card` makes it.
            folder: For this run's console log, pin trace and sockets.
            words: More of QEMU's. With `-bios` that starts a kernel; without it QEMU starts the image's.
        """
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self.started, self.off = folder, time.time(), 0.0
        self.cpu_s = 0.0
        (folder / "events").write_text("\n".join(EVENTS + TIMER_EVENTS) + "\n")
        cmdline = json.loads((image / "build.json").read_text())["cmdline"]
        started = ("-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.img"), "-append", cmdline)
        with (folder / "qemu.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "qemu-system-aarch64", "-machine", "virt", "-cpu", "cortex-a72", "-m", str(MEMORY_MB),
                    *_COUNTED, "-display", "none", "-no-reboot",
                    *(() if "-bios" in words else started),
                    "-drive", f"file={card},format=raw,if=none,id=card,cache=writeback",
                    "-device", "virtio-blk-pci,drive=card",
                    "-chardev", f"socket,id=console,path={folder}/c,server=on,wait=off,logfile={folder}/console.log",
                    "-serial", "chardev:console",
                    "-qtest", f"unix:{folder}/t,server=on,wait=off", "-qtest-log", "/dev/null",
                    "-qmp", f"unix:{folder}/m,server=on,wait=off",
                    "-msg", "timestamp=on", "-trace", f"events={folder}/events", "-D", f"{folder}/pins.trace",
                    "-device", "i6300esb", "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=",
                    *words,
                ],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )  # fmt: skip
        self._wires = contextlib.ExitStack()
        try:
            self._plug_in()
        except OSError as error:
            self.cut()
            raise GuestError(f"QEMU went away: {(folder / 'qemu.log').read_text()}") from error
        except BaseException:
            self.cut()
            raise

    def _plug_in(self) -> None:
        self.console = Console(self.folder / "c")
        self._wires.callback(self.console.close)
        self._pins = self._wires.enter_context(contextlib.closing(Wire(self.folder / "t")))
        self._monitor = self._wires.enter_context(contextlib.closing(Wire(self.folder / "m")))
        self._monitor.read()
        self.monitor("qmp_capabilities")
        self._controller = self._find_controller()
        self.let_go()

    def monitor(self, command: str, **words: str) -> Any:  # noqa: ANN401  # whatever QEMU answers
        """Give QEMU an order (QMP) and return what it answers."""
        answer = json.loads(self._monitor.ask(json.dumps({"execute": command, "arguments": words})))
        while "event" in answer:
            answer = json.loads(self._monitor.read())
        if "error" in answer:
            raise GuestError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def press(self) -> float:
        """Push the exit button down, from outside; return when, by the host's clock."""
        at = time.time()
        self.wire(EXIT, high=False)
        return at

    def let_go(self) -> None:
        """Let go of the exit button: its line is pulled up, as it is wired on a wall."""
        self.wire(EXIT, high=True)

    def trace(self) -> list[Change]:
        """Return every change of a pin so far."""
        return changes((self.folder / "pins.trace").read_text())

    def wait_for(self, line: int, *, high: bool, since: float, within_s: float) -> Change:
        """Return the first change of a line that the machine drives to a level, from a moment on.

        Raises:
            GuestError: It did not come within the time, of the host's.
        """
        deadline, trace = time.monotonic() + within_s, Trace()
        with (self.folder / "pins.trace").open() as file:
            whole = ""
            while time.monotonic() < deadline:
                whole += file.read()
                *lines, whole = whole.split("\n")
                for text in lines:
                    trace.read(text)
                for one in trace.changes:
                    if (one.line, one.high, one.by) == (line, high, "machine") and one.at >= since:
                        return one
                selectors.DefaultSelector().select(0.05)
        raise GuestError(f"line {line} did not go {'high' if high else 'low'} within {within_s:.0f} s")

    def cut(self) -> float:
        """Cut the power: QEMU's process is killed, at whatever it is. Return when it was gone."""
        if not self.off:
            self._process.kill()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self._process.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.off = time.time()
            self.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            self._wires.close()
        return self.off

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()

    def wire(self, line: int, *, high: bool) -> None:
        """Put a level on a line, from outside."""
        answer = self._pins.ask(f"set_irq_in {self._controller} unnamed-gpio-in {line} {int(high)}")
        if answer.strip() != "OK":
            raise GuestError(f"line {line} could not be set: {answer}")

    def _find_controller(self) -> str:
        for one in self.monitor("qom-list", path="/machine/unattached"):
            if one["type"] == "child<pl061>":
                return f"/machine/unattached/{one['name']}"
        raise GuestError("this machine has no PL061 controller")
