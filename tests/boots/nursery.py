"""Door processes by the hundred: everything is loaded once, and each is forked, to be killed with SIGKILL.

Run as `python -m tests.boots.nursery`: for each line of JSON on standard input it forks a door and prints its process
id. A door's outputs are noted in a file before anything else; a datagram socket beside it takes what is done to its
inputs, as "drive PART 0|1" and "spoil 0|1".
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from edge.access.happenings import Part
from edge.app.clocks import Clocks
from edge.app.door import Door
from edge.config import load
from tests.boots.filed import Filed
from tests.boots.lines import WIRES, board, filed, open_lines, wire


def serve(words: dict[str, Any]) -> None:
    """Be a door until it is killed."""
    folder, offset_s = Path(words["folder"]), float(words["offset_s"])
    pins = open_lines(filed(folder / "tape"))
    for part in Part:
        wire(pins, part, active=part in words["active"])
    pins.pin(WIRES[Part.EXIT]).unreadable = words["spoilt"]
    hand = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    (folder / "hand").unlink(missing_ok=True)
    hand.bind(str(folder / "hand"))

    def obey() -> None:
        while True:
            what, value, part = hand.recv(100).decode().split(" ", 2)
            if what == "drive":
                wire(pins, Part(part), active=value == "1")
            else:
                pins.pin(WIRES[Part.EXIT]).unreadable = value == "1"

    threading.Thread(target=obey, daemon=True).start()
    config = folder / "terminal.toml"
    clocks = Clocks(wall=lambda: time.time() + offset_s, synchronised=lambda: words["synchronised"])
    with Door(load(config), board(pins), folder / "journal.jsonl", folder / "door.sock", clocks, Filed(config)) as door:
        door.serve(threading.Event())


def main() -> None:
    """Fork a door for every line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries them
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                serve(json.loads(line))
            finally:
                os._exit(1)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
