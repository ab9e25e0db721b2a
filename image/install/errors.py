"""What goes wrong while a device is installed: one sentence for a person."""

from __future__ import annotations


class InstallError(Exception):
    """A step failed; what came before it stays, and running it again goes on."""

    exit_code = 1


class UnsuitableError(InstallError):
    """The words, this machine or this checkout do not suit; nothing was changed."""

    exit_code = 2
