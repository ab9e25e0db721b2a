"""What an image is made of, as CycloneDX 1.6: every Debian package, wheel and model, and the program itself.

The same parts give the same bytes: the serial number comes from the content, and the date from the commit.
"""

from __future__ import annotations

import tomllib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from image.build import archive, wheels

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from image.build.building import Order
    from image.build.flavour import Flavour

_NAMESPACE = uuid.UUID("0b6f6c55-0a4c-5f0e-8f43-6d8b4d8f7f21")


def parts(images: Path, flavour: Flavour, project: Path) -> list[Component]:
    """Every part of an image, by its locks and the models that are committed.

    Args:
        images: The folder with the locks.
        flavour: Which image.
        project: This repository.

    Raises:
        ImageError: A lock is missing or wrong.
    """
    found = [_debian(name, version, flavour) for name, version in archive.read_lock(images / flavour.apt.lock).items()]
    found += [_wheel(name, version) for name, version in wheels.read_lock(images / flavour.python.lock).items()]
    for manifest in sorted((project / "models").glob("*/manifest.toml")):
        name, _, version = manifest.parent.name.rpartition("-")
        kind = ComponentType.MACHINE_LEARNING_MODEL
        found.append(Component(name=name, version=version, type=kind, bom_ref=f"model:{manifest.parent.name}"))
    return found


def document(subject: Component, epoch: int, components: Iterable[Component]) -> str:
    """The list as JSON.

    Args:
        subject: The image.
        epoch: Seconds since 1970.
        components: Its parts, in any order.
    """
    listed = sorted(components, key=lambda one: str(one.bom_ref))
    bom = Bom(components=listed)
    bom.metadata.component = subject
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    said = "\n".join(str(one.bom_ref) for one in (subject, *listed))
    bom.serial_number = uuid.uuid5(_NAMESPACE, said)
    bom.register_dependency(subject, listed)
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n"


def write(order: Order, epoch: int, components: Iterable[Component]) -> Path:
    """Write the list beside the image."""
    name = f"door-terminal-{order.flavour.name}"
    kind = ComponentType.OPERATING_SYSTEM
    subject = Component(name=name, version=order.version, type=kind, bom_ref=f"image:{name}:{order.version}")
    table = tomllib.loads((order.project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    target = order.out / "sbom.cdx.json"
    target.write_text(
        document(subject, epoch, [*components, _wheel(table["name"], table["version"])]), encoding="utf-8"
    )
    return target


def _debian(name: str, version: str, flavour: Flavour) -> Component:
    qualifiers = {"arch": flavour.architecture, "distro": flavour.suite}
    url = PackageURL("deb", "debian", name, version, qualifiers)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url))


def _wheel(name: str, version: str) -> Component:
    url = PackageURL("pypi", None, name.lower(), version)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url))
