"""Keys of a repository: encrypted PEM files, or whatever else `securesystemslib` signs with (HSM, TPM, cloud).

A key is two files: the private one, which stays with its holder, and a public one of JSON, which says what the key is
and, for a key in hardware, how to reach it. Signing itself is the library's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from securesystemslib.exceptions import Error as SigningError
from securesystemslib.signer import CryptoSigner, Signer, SSlibKey

from edge import disk as steps
from edge.errors import OtaError, SignatureError
from edge.keys import encrypted, pem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from securesystemslib.signer import Key

SigningKey = Signer
"""What signs: `securesystemslib`'s own."""
PUBLIC = ".pub"
NAME = "x-name"
"""What people call a key, in the metadata that name it."""
_LONGEST = 64 * 1024


class PublicKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A key's public file.

    Attributes:
        name: What people call it.
        scheme: How it signs, as TUF says it.
        public: The public half, PEM.
        uri: Where its private half is, for `securesystemslib`; empty for a PEM file beside this one.
    """

    name: str
    scheme: str
    public: str
    uri: str = ""

    def key(self) -> SSlibKey:
        """Return it as TUF knows it; what TUF calls it follows from the public half alone.

        Raises:
            OtaError: TUF knows no such key.
            SignatureError: It is no public key.
        """
        try:
            key = SSlibKey.from_crypto(pem.public_key(self.public.encode()), scheme=self.scheme)
        except (SigningError, ValueError) as error:
            raise OtaError(f"key {self.name}: TUF knows no such key: {error}") from error
        key.unrecognized_fields[NAME] = self.name
        return key


def make(path: Path, passphrase: str) -> PublicKey:
    """Make a key: the private half to `path`, under the passphrase, and the public half beside it.

    Raises:
        OtaError: There is a file already, or it cannot be written.
        SignatureError: The passphrase is too short.
    """
    private, public = encrypted.new_encrypted(passphrase)
    made = PublicKey(path.stem, "ed25519", public.decode())
    _write(path, private, 0o600)
    _write(path.with_suffix(PUBLIC), _text(made), 0o644)
    return made


def describe(path: Path, uri: str, public: bytes) -> PublicKey:
    """Write the public file of a key whose private half is elsewhere.

    Args:
        path: Of the public file, which ends in ".pub".
        uri: As `securesystemslib` names the private half: "hsm:…", "gcpkms:…", "file2:…".
        public: The public half, PEM.

    Raises:
        OtaError: There is a file already, it cannot be written, or the key is of a kind that is not signed with.
        SignatureError: It is no public key.
    """
    try:
        scheme = SSlibKey.from_crypto(pem.public_key(public)).scheme
    except (SigningError, ValueError) as error:
        raise OtaError(f"{path}: TUF knows no such key: {error}") from error
    made = PublicKey(path.stem, scheme, public.decode(), uri)
    _write(path, _text(made), 0o644)
    return made


def read(path: Path) -> PublicKey:
    """Return what a key's public file says; of a PEM file, what the one beside it says.

    Raises:
        OtaError: There is none, or it is damaged.
    """
    place = path if path.suffix == PUBLIC else path.with_suffix(PUBLIC)
    try:
        found = msgspec.json.decode(_read(place), type=PublicKey)
        found.key()
    except (msgspec.DecodeError, OtaError, SignatureError) as error:
        raise OtaError(f"{place}: not a public key of `edge ota repo key`: {error}") from error
    return found


def signer(path: Path, passphrase: Callable[[Path], str]) -> Signer:
    """Return what signs with a key.

    Args:
        path: The PEM file, or the public file of a key in hardware.
        passphrase: Asked for what the file lies under.

    Raises:
        OtaError: The file is none of a key, or the hardware does not answer.
        SignatureError: The passphrase is wrong.
    """
    if path.suffix == PUBLIC:
        return _elsewhere(path)
    text = _read(path)
    try:
        key = encrypted.opened(text, passphrase(path) if encrypted.is_encrypted(text) else None)
        found = CryptoSigner(key)
    except SignatureError as error:
        raise SignatureError(f"{path}: {error}") from error
    except (SigningError, ValueError) as error:
        raise OtaError(f"{path}: no key that can sign: {error}") from error
    found.public_key.unrecognized_fields[NAME] = path.stem
    return found


def name(key: Key) -> str:
    """Return what people call a key, and the first digits of its id."""
    called = key.unrecognized_fields.get(NAME)
    return f"{called} ({key.keyid[:8]})" if isinstance(called, str) and called.isprintable() else key.keyid[:8]


def _elsewhere(path: Path) -> Signer:
    found = read(path)
    if not found.uri:
        raise OtaError(f"{path}: this is the public half; signing takes the private file beside it")
    try:
        return Signer.from_priv_key_uri(found.uri, found.key())
    except (SigningError, ValueError, OSError) as error:
        raise OtaError(f"{path}: {found.uri} cannot sign: {error}") from error


def _text(key: PublicKey) -> bytes:
    return msgspec.json.format(msgspec.json.encode(key), indent=2) + b"\n"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST)
    except OSError as error:
        raise OtaError(
            f"{path}: the key cannot be read: {error.strerror}; see that the file is there and is yours"
        ) from error


def _write(path: Path, content: bytes, mode: int) -> None:
    disk = steps.Disk(mode=mode)
    try:
        with steps.opened(disk, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
            disk.write(descriptor, content)
            disk.sync(descriptor)
        disk.sync_folder(path.parent)
    except FileExistsError as error:
        raise OtaError(f"{path}: there is a file already, and a key is never overwritten; take another name") from error
    except OSError as error:
        raise OtaError(
            f"{path}: the key cannot be written: {error.strerror}; check the disk and who owns the folder"
        ) from error
