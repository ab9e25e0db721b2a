"""The files that measuring leaves: whole or not at all, and refused before an hour of work where they cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from edge.errors import ConfigError, EdgeError

STDOUT = Path("-")
"""Where "-" stands for standard output."""


def writable(report_file: Path | None, plot_file: Path | None = None) -> None:
    """Refuse places that cannot be written, before an hour's work.

    Raises:
        ConfigError: Report and plot are one file.
        EdgeError: A file's folder is missing or not writable.
    """
    files = [file for file in (report_file, plot_file) if file is not None and file != STDOUT]
    if len({file.resolve() for file in files}) < len(files):
        raise ConfigError(f"--json and --plot both name {plot_file}: name a file for each")
    for file in files:
        if not os.access(file.parent, os.W_OK):
            raise EdgeError(f"{file}: cannot be written: its folder is missing or not writable; name another place")


def writable_folder(folder: Path) -> None:
    """Refuse a folder that can neither be written nor be made, before an hour's work.

    Raises:
        EdgeError: It, or the nearest folder above it that exists, is no folder or not writable.
    """
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise EdgeError(f"{folder}: cannot be written: {there} is no folder or not writable; name another place")


def write_report(report: object, file: Path | None) -> None:
    """Write a report as JSON, whole or not at all; nothing for None, standard output for "-".

    Raises:
        EdgeError: It cannot be written.
    """
    if file is None:
        return
    text = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
    if file == STDOUT:
        click.echo(text, nl=False)
    else:
        write_file(text, file)


def write_file(content: bytes, file: Path) -> None:
    """Write a file whole or not at all: what is there already is kept until the new one is complete.

    Raises:
        EdgeError: It cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        if file.exists() and not file.is_file():  # a device or a pipe, which nothing may take the place of
            file.write_bytes(content)
            return
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EdgeError(f"{file}: cannot be written: {error.strerror}; name another place") from error
