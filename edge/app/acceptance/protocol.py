"""The protocol of an acceptance test: every attempt, kept and signed at once, so that a power cut loses none."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from edge import keys
from edge.app.acceptance.printed import printed
from edge.app.acceptance.seen import Result
from edge.app.durable import replace_file
from edge.app.identity import device_id, device_key, device_public
from edge.errors import SignatureError, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from edge.app.places import Places

FILE = "acceptance.json"
PRINTED = "acceptance.txt"
VERSION = 1


class Outcome(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of one attempt at an item.

    Attributes:
        name: The item's.
        result: "pass", "fail" or "skipped".
        measured: What was measured, or why it failed or was skipped.
        by: Who confirmed it: the person, or what did: "edge-door", "this machine".
        at: When, as an ISO 8601 time.
    """

    name: str
    result: Result
    measured: str
    by: str
    at: str


class Cut(Struct, frozen=True, forbid_unknown_fields=True):
    """A power cut that was announced.

    Attributes:
        boot: What this start of the machine is called; another one has another name.
        started: When the door process was started last before it, seconds since the epoch as its journal says.
    """

    boot: str
    started: float


class Protocol(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was proven so far (`edge doctor --acceptance NAME --json`, beside its signature).

    Attributes:
        version: Of this form.
        device: What this device's key is called.
        result: "accepted"; "failed" where an item's last attempt did; "incomplete" where one was skipped or is still
            to come.
        skipped: Items that were skipped,
        failed: that failed,
        missing: and that are still to come; in the order of the test.
        outcomes: Every attempt, oldest first; the last one of an item counts.
        cut: A power cut that was announced and is still to be judged.
    """

    version: int
    device: str
    result: Literal["accepted", "failed", "incomplete"]
    skipped: tuple[str, ...]
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    cut: Cut | None = None


class Signed(Struct, frozen=True, forbid_unknown_fields=True):
    """The file: one, so that no power cut parts the protocol from its signature.

    Attributes:
        signature: The device key's Ed25519 signature over the bytes of `protocol` as they stand, base64.
        protocol: The `Protocol`.
    """

    signature: str
    protocol: msgspec.Raw


def protocol(device: str, outcomes: tuple[Outcome, ...], names: Sequence[str], cut: Cut | None = None) -> Protocol:
    """Return the protocol of these attempts at the items of these names."""
    last = {outcome.name: outcome.result for outcome in outcomes}
    of = {result: tuple(name for name in names if last.get(name) == result) for result in ("skipped", "fail")}
    missing = tuple(name for name in names if name not in last)
    open_ = of["skipped"] or missing
    return Protocol(
        version=VERSION,
        device=device,
        result="failed" if of["fail"] else "incomplete" if open_ else "accepted",
        skipped=of["skipped"],
        failed=of["fail"],
        missing=missing,
        outcomes=outcomes,
        cut=cut,
    )


@dataclass(slots=True)
class Book:
    """The protocol as it grows, in a folder.

    Attributes:
        folder: Where it is kept.
        here: Whose key signs it.
        names: The names of all items, in the order of the test.
        outcomes: Every attempt.
        cut: A power cut that was announced.
    """

    folder: Path
    here: Places
    names: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = field(default=(), init=False)
    cut: Cut | None = field(default=None, init=False)

    def read(self) -> None:
        """Go on with what an earlier run proved; nothing before the first.

        Raises:
            SignatureError: It was changed since, or another device wrote it.
            StoreError: It cannot be read.
        """
        found = kept(self.folder, self.here)
        if found is not None:
            self.outcomes, self.cut = found.outcomes, found.cut

    def add(self, outcome: Outcome) -> None:
        """Keep an attempt.

        Raises:
            StoreError: It cannot be written.
            SignatureError: The device's key cannot be read or made.
        """
        self.outcomes = (*self.outcomes, outcome)
        self.keep()

    def announce(self, cut: Cut) -> None:
        """Keep that the power will be cut.

        Raises:
            StoreError: It cannot be written.
            SignatureError: The device's key cannot be read or made.
        """
        self.cut = cut
        self.keep()

    @property
    def protocol(self) -> Protocol:
        """What was proven so far."""
        return protocol(device_id(self.here), self.outcomes, self.names, self.cut)

    def keep(self) -> None:
        """Write the signed protocol, and what is printed.

        Raises:
            StoreError: It cannot be written.
            SignatureError: The device's key cannot be read or made.
        """
        body = msgspec.json.encode(self.protocol)
        signature = base64.b64encode(keys.sign(body, device_key(self.here))).decode()
        data = msgspec.json.encode(Signed(signature, msgspec.Raw(body))) + b"\n"
        page = printed(self.protocol, hashlib.sha256(data).hexdigest())
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.folder / FILE, data)
            replace_file(self.folder / PRINTED, page.encode())
        except OSError as error:
            raise StoreError(f"{self.folder}: the protocol cannot be written: {error}") from error


def kept(folder: Path, here: Places) -> Protocol | None:
    """Return the protocol that is kept, once its signature was checked; None before the first.

    Raises:
        SignatureError: It was changed since it was signed, or another device wrote it.
        StoreError: It cannot be read, or is none.
    """
    path = folder / FILE
    again = f"move {folder} away, and begin again"
    try:
        return genuine(path, device_public(here))
    except SignatureError as error:
        raise SignatureError(f"{error}; put a copy of it back; or {again}") from error
    except StoreError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise StoreError(f"{error}: {again}") from error


def genuine(path: Path, public: bytes) -> Protocol:
    """Return the protocol in a file, once its signature was checked.

    Args:
        path: The file.
        public: The device's public key, PEM, as it was given out while the device was trusted.

    Raises:
        SignatureError: It was changed since it was signed, or another device wrote it.
        StoreError: It cannot be read, or is none.
    """
    try:
        signed = msgspec.json.decode(path.read_bytes(), type=Signed)
        signature = base64.b64decode(signed.signature, validate=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise StoreError(f"{path}: cannot be read as a protocol: {error}") from error
    try:
        keys.verify(bytes(signed.protocol), signature, public)
    except SignatureError as error:
        raise SignatureError(
            f"{path}: the device's key did not sign it as it stands: it was changed, or is another device's ({error})"
        ) from error
    try:
        return msgspec.json.decode(signed.protocol, type=Protocol)
    except msgspec.DecodeError as error:
        raise StoreError(f"{path}: another version of this program wrote it: {error}") from error
