"""`edge embed`: many pictures to one file of embeddings, for measuring."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
from rich.progress import track as progress

from edge.app.eyes import load_models, open_eyes
from edge.app.settings import load_config
from edge.cli.options import config_option
from edge.cli.screen import console
from edge.errors import EdgeError, PictureError
from edge.vision import picture
from edge.vision.still import study

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.config import Config
    from edge.vision.pipeline import Eyes


_UNREADABLE = "unreadable"


@click.command("embed")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The NPZ file to write.")
@click.option("--model", "embedder", help="The embedder bundle, by name or folder; trusted or not.")
@click.option("--landmarks", help="The landmarks bundle, by name or folder.")
@click.option("--detector", help="The detector bundle, by name or folder.")
@click.option("--flip", is_flag=True, help="Average the face and its mirror image.")
@click.option("--gate", is_flag=True, help="Leave out faces that the quality limits refuse.")
@click.option("--threads", type=click.IntRange(1, 16), help="Processor threads a model may use.")
@config_option
def command(
    paths: tuple[Path, ...],
    out: Path,
    config_file: Path | None,
    *,
    gate: bool,
    **models: Any,  # noqa: ANN401 (options that replace fields of `ModelSettings`)
) -> None:
    """Embed the pictures PATHS, and all pictures inside the folders among them.

    The file has three arrays with one row a picture: `path` as found; `status`, "ok" or why there is no embedding;
    `embedding`, float32 of unit length, zeros where there is none. Of several faces the largest near the centre is
    taken. Nothing is left out silently: the quality limits act only with --gate. The exit code is 6 when a picture
    could not be read; the others are in the file all the same.
    """
    files = list(picture.walk(paths))
    if not files:
        raise PictureError(f"{', '.join(map(str, paths))}: there are no pictures in there")
    config = load_config(config_file)
    chosen = {key: value for key, value in models.items() if value}
    config = dataclasses.replace(config.without_liveness(), models=dataclasses.replace(config.models, **chosen))
    _writable(out)  # before an hour's work
    statuses, matrix = _embed_all(files, config, gate=gate)
    _save(out, np.array(list(map(str, files))), np.array(statuses), matrix)
    good = statuses.count("ok")
    console.print(f"{good} of {len(files)} pictures embedded into {out}", highlight=False, markup=False, soft_wrap=True)
    for reason in sorted(set(statuses) - {"ok"}):
        console.print(f"  {statuses.count(reason)} {reason}", highlight=False)
    if _UNREADABLE in statuses:
        sys.exit(PictureError.exit_code)


def _writable(out: Path) -> None:
    if not os.access(out.parent, os.W_OK):
        raise EdgeError(f"{out}: cannot be written: its folder is missing or not writable; name another with --out")


def _save(out: Path, path: NDArray[np.str_], status: NDArray[np.str_], embedding: NDArray[np.float32]) -> None:
    """Write the file whole or not at all: what is there already is kept until the new one is complete."""
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("wb") as file:
            np.savez(file, path=path, status=status, embedding=embedding)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EdgeError(
            f"{out}: cannot be written: {error.strerror}; free some space, or name another place"
        ) from error


def _embed_all(files: list[Path], config: Config, *, gate: bool) -> tuple[list[str], NDArray[np.float32]]:
    models = load_models(config, trusted=False)
    eyes = open_eyes(config, models=models)
    statuses = []
    matrix = np.zeros((len(files), models.embedder.bundle.manifest.output[0].shape[-1]), np.float32)
    for number, file in enumerate(progress(files, "embedding", console=console, transient=True)):
        status, row = _embed(file, eyes, gate=gate)
        statuses.append(status)
        if row is not None:
            matrix[number] = row
    return statuses, matrix


def _embed(file: Path, eyes: Eyes, *, gate: bool) -> tuple[str, NDArray[np.float32] | None]:
    try:
        found = study(picture.read(file), eyes)
    except PictureError as error:
        console.print(str(error), highlight=False, markup=False, soft_wrap=True)
        return _UNREADABLE, None
    if found.embedding is None or found.quality is None:
        return "no-face", None
    if gate and not found.quality.good:
        return str(found.quality.flaws[0]), None
    return "ok", found.embedding.vector
