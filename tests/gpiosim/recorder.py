"""Writes down every level of a simulated line, as a process of its own: nothing that a test does holds it up.

Run as `python recorder.py VALUE TAPE`: VALUE is the line's file in sysfs, TAPE a file of `HEAD` and room for entries.
It ends with its parent. It loads next to nothing, so that it starts quickly on an emulated machine.
"""

import mmap
import os
import struct
import sys
from time import monotonic

HEAD = struct.Struct(
    "@dq"
)  # when the last whole reading began, how many entries; native, so that a word is written at once
ENTRY = struct.Struct("@ddq")  # when the reading before the change began, when the change had been read, the level


def main() -> None:
    line = os.open(sys.argv[1], os.O_RDONLY)
    with open(sys.argv[2], "r+b") as file:  # noqa: PTH123 - pathlib takes long to load on an emulated machine
        tape = mmap.mmap(file.fileno(), 0)
    parent, count, last, earlier = os.getppid(), 0, b"", monotonic()
    while os.getppid() == parent and HEAD.size + (count + 1) * ENTRY.size <= len(tape):
        before = monotonic()
        level = os.pread(line, 1, 0)
        if level != last:
            ENTRY.pack_into(tape, HEAD.size + count * ENTRY.size, earlier, monotonic(), int(level))
            last, count = level, count + 1
        HEAD.pack_into(tape, 0, before, count)
        earlier = before


if __name__ == "__main__":
    main()
