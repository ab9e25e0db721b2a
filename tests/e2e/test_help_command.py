"""Every command explains itself, and wrong words are told as such."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from edge.cli import edge
from edge.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Typed


def every(command: click.Command, *words: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            with contextlib.suppress(ModelError):  # the commands that measure models need the extra `build`
                child = command.get_command(context, name)
                assert child is not None
                yield from every(child, *words, name)


COMMANDS = [pytest.param(*pair, id=" ".join(pair[0]) or "edge") for pair in every(edge)]


@pytest.mark.parametrize(("words", "command"), COMMANDS)
def test_every_command_has_help_that_names_each_of_its_options(words: tuple[str, ...], command: click.Command) -> None:
    done = CliRunner().invoke(edge, [*words, "--help"])
    assert done.exit_code == 0
    assert command.help
    assert command.help.split()[:3] == done.output.partition("\n\n")[2].split()[:3]
    for option in command.params:
        if isinstance(option, click.Option):
            assert all(name in done.output for name in option.opts)
            assert option.help


@pytest.mark.parametrize(
    "words", [("open-sesame",), ("people", "sing"), ("run", "--fast"), ("identify",), ("bench", "--frames", "1")]
)
def test_wrong_words_are_exit_code_2_and_named(words: tuple[str, ...], typed: Typed) -> None:
    done = typed(*words)
    assert (done.code, done.out) == (2, "")
    assert "Usage: edge" in done.err
    assert done.err.splitlines()[-1].startswith("Error: ")


def test_every_exit_code_of_the_error_tree_is_in_the_help() -> None:
    from edge import errors  # noqa: PLC0415 - read only to list its classes

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.EdgeError)]
    text = " ".join((edge.help or "").split())
    named = {int(part.split()[0]) for part in text.partition("Exit codes: ")[2].split(";")}
    assert named == {kind.exit_code for kind in kinds} | {0, 2, 11}
