"""What a publisher signs about bundles and sets: the custom metadata of TUF targets, and the file of a set.

A *set* is all four bundles together. Its file changes only when another set takes its place; how far it is rolled out
is in the signed custom metadata of its target, so that widening, halting and going back need no new file.
"""

from __future__ import annotations

import hashlib
import tomllib
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from edge.config.ota import Word
from edge.errors import OtaError
from edge.vision.manifest import Role, Sha256

Board = Literal["any", "pi", "jetson", "pc", "gpiochip", "fake"]
BundleName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.\-]{0,128}$")]
Firmware = Annotated[str, Meta(pattern=r"^\d{1,6}(\.\d{1,6}){0,3}$")]
Serial = Annotated[int, Meta(ge=1, le=2**53)]
Size = Annotated[int, Meta(ge=1, le=2**40)]
_Line = Annotated[str, Meta(max_length=2000)]

ROLES: tuple[Role, ...] = get_args(Role)
SET_FILE = "set.toml"
SET_LIMIT = 16 * 1024
"""No set's file is longer, in bytes."""


class Gates(Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle must do on the device before anything depends on it.

    Attributes:
        min_cosine: How alike each output must be to the publisher's, on the same inputs.
        max_ms: Of the median of one inference on one thread, in milliseconds.
        max_memory_mb: What a process that runs it may need.
        max_bytes: Of the model file.
    """

    min_cosine: Annotated[float, Meta(ge=0, le=1)]
    max_ms: Annotated[float, Meta(gt=0, le=600_000)]
    max_memory_mb: Annotated[int, Meta(ge=1, le=1_000_000)]
    max_bytes: Size


class BundleCustom(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The custom metadata of a bundle target.

    Attributes:
        role: What the model is for.
        name: Name and version, such as "mobilefacenet-dynamic-2".
        board: On which kind of machine it runs; "any" for every one.
        runtime: The least version of each runtime package that can run it; it needs one of them.
        space: The embedding space of an embedder, as `str(Space)`; empty for any other model.
        unpacked_bytes: Of all files in its archive together.
        gates: What it must do on the device.
    """

    schema: Literal[1] = 1
    kind: Literal["bundle"] = "bundle"
    role: Role
    name: BundleName
    board: Board
    runtime: dict[str, Firmware]
    space: _Line = ""
    unpacked_bytes: Size
    gates: Gates


class Rollout(Struct, frozen=True, forbid_unknown_fields=True):
    """How far a set is rolled out.

    Attributes:
        percent: Of the devices that ask for it.
        salt: Which devices these are (`edge.ota.rollout.place`); it stays as it is while a set is widened.
        halted: Nobody else begins with it; who runs it goes on.
        withdrawn: Who runs it goes back, and nobody begins with it.
    """

    percent: Annotated[float, Meta(ge=0, le=100)]
    salt: Annotated[str, Meta(min_length=1, max_length=200)]
    halted: bool = False
    withdrawn: bool = False


class SetCustom(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The custom metadata of a set target.

    Attributes:
        name: What people call the set, such as "2026-12a".
        serial: Grows, over the whole repository, with each set that is released, an earlier one too; widening, halting
            and withdrawing leave it.
        minimum_firmware: The least version of this software that can run it.
        rollout: How far it is rolled out.
        accepted_worse: Why the publisher released an embedder that measures worse than the one before; empty if none.
    """

    schema: Literal[1] = 1
    kind: Literal["set"] = "set"
    name: Word
    serial: Serial
    minimum_firmware: Firmware
    rollout: Rollout
    accepted_worse: _Line = ""


class BundleRef(Struct, frozen=True, forbid_unknown_fields=True):
    """One bundle of a set.

    Attributes:
        target: Path of its archive in the repository.
        sha256: Of the archive.
        manifest_sha256: Of the bundle's manifest, which names the model file's.
        bytes: Of the archive.
    """

    target: Annotated[str, Meta(pattern=r"^bundles/[a-z]+/[a-z]+/[a-z0-9][a-z0-9.\-]{0,128}\.tar$")]
    sha256: Sha256
    manifest_sha256: Sha256
    bytes: Size


class SetFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file of a set: which four bundles it is.

    Attributes:
        name: What people call it.
        serial: With which it was first released. One that is released again has a higher one in its `SetCustom`, and
            this file is the same, so that a device that still has it need not fetch it.
        detector: Where faces are.
        landmarks: Where their points are.
        embedder: Whose they are.
        liveness: Whether somebody lives there.
    """

    schema: Literal[1] = 1
    name: Word
    serial: Serial
    detector: BundleRef
    landmarks: BundleRef
    embedder: BundleRef
    liveness: BundleRef

    def bundles(self) -> dict[Role, BundleRef]:
        """Return the four bundles by role."""
        return {role: getattr(self, role) for role in ROLES}


def bundle_target(role: Role, board: Board, name: str) -> str:
    """Return the path of a bundle's archive in the repository."""
    return f"bundles/{role}/{board}/{name}.tar"


def set_target(channel: str, board: str, group: str) -> str:
    """Return the path of a set's file in the repository."""
    return f"sets/{channel}/{board}/{group}.toml"


def slot_id(name: str, raw: bytes) -> str:
    """Return what a set is called on a device: its name, and the first 12 digits of its file's sha256."""
    return f"{name}-{hashlib.sha256(raw).hexdigest()[:12]}"


def dump_set(content: SetFile) -> bytes:
    """Return the file of a set, the same bytes for the same set."""
    lines = [f"schema = {content.schema}", f'name = "{content.name}"', f"serial = {content.serial}"]
    for role, ref in content.bundles().items():
        lines += ["", f"[{role}]"]
        lines += [f'{key} = "{value}"' for key, value in msgspec.to_builtins(ref).items() if key != "bytes"]
        lines.append(f"bytes = {ref.bytes}")
    return ("\n".join(lines) + "\n").encode()


def parse_set(raw: bytes, where: str) -> SetFile:
    """Read the file of a set.

    Raises:
        OtaError: It is none; every fault is named, with its key.
    """
    if len(raw) > SET_LIMIT:
        raise OtaError(f"{where}: {len(raw)} bytes, and no set's file is longer than {SET_LIMIT}")
    try:
        content = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OtaError(f"{where}: not a TOML file: {error}") from error
    found = _converted(content, SetFile, where)
    wrong = [
        f"key `{role}.target`: {ref.target} is no {role}'s"
        for role, ref in found.bundles().items()
        if not ref.target.startswith(f"bundles/{role}/")
    ]
    if wrong:
        raise OtaError(f"{where}: " + "; ".join(wrong))
    return found


def bundle_custom(custom: object, where: str) -> BundleCustom:
    """Read the custom metadata of a bundle target.

    Raises:
        OtaError: They are none; every fault is named, with its key.
    """
    return _converted(custom, BundleCustom, where)


def set_custom(custom: object, where: str) -> SetCustom:
    """Read the custom metadata of a set target.

    Raises:
        OtaError: They are none; every fault is named, with its key.
    """
    return _converted(custom, SetCustom, where)


def signable(custom: BundleCustom | SetCustom) -> dict[str, Any]:
    """Return custom metadata as they are signed: the JSON of signatures knows no fractions, so these are text."""
    found: dict[str, Any] = _without_fractions(msgspec.to_builtins(custom))
    return found


def _without_fractions(value: object) -> Any:  # noqa: ANN401 - as deep as it is
    if isinstance(value, dict):
        return {key: _without_fractions(one) for key, one in value.items()}
    return repr(value) if isinstance(value, float) else value


_Kind = TypeVar("_Kind", bound=Struct)


def _converted(content: object, kind: type[_Kind], where: str) -> _Kind:
    if not isinstance(content, dict):
        raise OtaError(f"{where}: this says nothing of itself that a terminal can use; publish it with `edge ota repo`")
    faults = _faults(content, kind)
    if faults:
        raise OtaError(f"{where}: " + "; ".join(faults))
    return msgspec.convert(content, kind, strict=False)


def _faults(content: dict[str, Any], kind: type[Struct]) -> list[str]:
    kinds = get_type_hints(kind, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults = [f"key `{key}` is missing" for key, field in fields.items() if field.required and key not in content]
    faults += [f"key `{key}` is not known" for key in sorted(map(str, content)) if key not in fields]
    for key in fields.keys() & content.keys():
        try:
            msgspec.convert(content[key], kinds[key], strict=False)  # fractions come as text (`signable`)
        except msgspec.ValidationError as error:
            faults.append(f"key `{key}`: {error}")
    return sorted(faults)
