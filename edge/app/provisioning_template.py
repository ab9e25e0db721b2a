"""What is the same for many provisioning files: a TOML file of some of their tables, or a file made before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge import keys
from edge.app.provisioning_files import text_of
from edge.config.file import read
from edge.errors import ConfigError, ProvisionError
from edge.provision.given import there

if TYPE_CHECKING:
    from pathlib import Path

_AGAIN = "it should be TOML, as [network] and other tables of a provisioning file"
_NEVER = ("terminal.issued", "terminal.expires", "admin.token_hash")
"""What no two files have in common: nobody knows the token of a hash that was taken over,"""
_OF_ONE = ("terminal.serial", "head_office.token")
"""and what is one terminal's own in a file that was made for it."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a template gives.

    Attributes:
        tables: As `making.made` takes them, with the public half of the key that is going to sign.
        left_out: The keys that were another file's own, and are left out.
    """

    tables: dict[str, Any]
    left_out: tuple[str, ...]

    def notes(self, path: Path | None) -> tuple[str, ...]:
        """Return what whoever named it should know."""
        left = ", ".join(self.left_out)
        return (f"{path}: left out, because it is another file's own: {left}",) if left else ()


def template_of(path: Path | None, private: bytes, *, several: bool = False) -> Template:
    """Return what a template gives; without one only the key.

    Args:
        path: A TOML file; None for none.
        private: Head office's private key, PEM.
        several: Whether several files are made of it.

    Raises:
        ProvisionError: It cannot be read, is not TOML, is sealed, or gives several terminals one secret of their own.
    """
    tables = _read(path) if path else {}
    for table in ("terminal", "network", "admin", "head_office"):
        if not isinstance(tables.get(table, {}), dict):
            raise ProvisionError(f"{path}: {table}: must be a table")
    if "sealed" in tables:
        raise ProvisionError(
            f"{path}: is a sealed file: nobody could open its secrets in another one; take one that is not sealed, or "
            f"a template that has them as they are"
        )
    of_another = there(tables, "terminal.issued")
    if several and there(tables, "head_office.token") and not of_another:
        raise ProvisionError(
            f"{path}: head_office.token: works once, and would be every terminal's: take it out, and each gets one of "
            f"its own; or give them in the column token"
        )
    left_out = tuple(key for key in (*_NEVER, *(_OF_ONE if of_another else ())) if _without(tables, key))
    terminal = tables.get("terminal", {})
    if terminal.get("hostname", "") == terminal.get("id"):
        terminal.pop("hostname", None)  # it follows from the id, which may become another
    tables.setdefault("head_office", {}).setdefault("public_key", keys.public_of(private).decode())
    return Template(tables, left_out)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read(text_of(path, _AGAIN), str(path))
    except ConfigError as error:
        raise ProvisionError(str(error), error.faults) from error


def _without(tables: dict[str, Any], key: str) -> bool:
    """Take a key out of tables; returns whether it said something."""
    table, _, name = key.partition(".")
    return bool(tables.get(table, {}).pop(name, ""))
