"""The bundles this package vouches for: a manifest's sha256 names the whole bundle, model included (S8)."""

from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from edge.vision.bundle import Bundle, Role, UntrustedError, load


@cache
def pins() -> dict[str, str]:
    """The sha256 of each factory bundle's ``manifest.toml``, by the bundle's name and version."""
    return msgspec.json.decode(files(__package__).joinpath("factory.json").read_bytes(), type=dict[str, str])


def is_pinned(bundle: Bundle) -> bool:
    """Whether the package pins exactly these bytes under this name."""
    return pins().get(bundle.name) == bundle.manifest_sha256


def trusted(bundle: Bundle, vouched: str = "") -> Bundle:
    """Gives back a bundle that may run at a door.

    Args:
        bundle: which was read.
        vouched: the sha256 of the only manifest that will do: it was proven to be signed; empty for the package's pins.

    Raises:
        UntrustedError: it is not what was proven, or the package does not pin it.
    """
    if vouched:
        if bundle.manifest_sha256 != vouched:
            raise UntrustedError(f"{bundle.folder}: {bundle.name} is not the bundle that was signed for this set")
        return bundle
    if not is_pinned(bundle):
        raise UntrustedError(
            f"{bundle.folder}: {bundle.name} is not one of the models pinned in this release; "
            "a running door uses only those (`edge models list` shows which are)"
        )
    return bundle


def load_trusted(folder: Path, role: Role | None = None, vouched: str = "") -> Bundle:
    """Loads a bundle that may run at a door.

    Args:
        folder: of the bundle.
        role: what it must be, if that matters.
        vouched: as for ``trusted``.

    Raises:
        BundleError: it is damaged, badly described, of another role, or nobody vouches for it.
    """
    return trusted(load(folder, role), vouched)
