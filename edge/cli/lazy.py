"""A group that knows its commands by name and loads each one's file only when it is asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """Commands of a table; nobody pays for what they do not use.

    Args:
        table: The commands by name: "module:attribute", and what each does in a sentence.
        words: As for `click.Group`.
    """

    def __init__(self, *, table: Mapping[str, tuple[str, str]], **words: Any) -> None:  # noqa: ANN401 (click's own)
        super().__init__(**words)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names, in order."""
        return sorted({*super().list_commands(ctx), *self._table})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one."""
        if cmd_name not in self._table:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._table[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without loading any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in sorted(self._table.items())])
