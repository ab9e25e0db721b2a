"""The wrapping keys in a TPM 2.0: the only importer of tpm2-pytss (the operating system's, or the extra `tpm`).

They are in two NV indices of the owner's, one key in each: while one takes the other's place, neither is ever written
over before the other is whole, and what is not kept any more is overwritten inside the TPM. They are read with an
authorisation that is in a file, so that disk and TPM are both needed; guesses are not counted (NO_DA), since a value of
256 bits cannot be guessed, and a TPM that locks itself up would lock everybody out. What goes over the bus to the
chip is encrypted under a session of its own.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TSS2_LOG", "all+NONE")  # what it would print is in the errors that are raised

from tpm2_pytss import ESAPI, TSS2_Exception
from tpm2_pytss.constants import (
    ESYS_TR,
    TPM2_ALG,
    TPM2_CAP,
    TPM2_RC,
    TPM2_SE,
    TPMA_NV,
    TPMA_OBJECT,
    TPMA_SESSION,
)
from tpm2_pytss.types import (
    TPM2B_NV_PUBLIC,
    TPM2B_PUBLIC,
    TPM2B_SENSITIVE_CREATE,
    TPMS_NV_PUBLIC,
    TPMT_SYM_DEF,
    TPMU_SYM_KEY_BITS,
    TPMU_SYM_MODE,
)

from edge import disk as steps
from edge.errors import ForeignKeyError, KeyLostError
from edge.keys.holder import MOST, RECORD_BYTES, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edge.disk import Disk

_AUTH_BYTES = 32
_ATTRIBUTES = TPMA_NV.AUTHREAD | TPMA_NV.AUTHWRITE | TPMA_NV.NO_DA
_DEVICE = "device:"
_FOREIGN = "NV index {:#x} is another program's: set keys.tpm_index to a free one"
_PRIMARY = "ecc256:aes128cfb"
_STORAGE = (
    TPMA_OBJECT.RESTRICTED
    | TPMA_OBJECT.DECRYPT
    | TPMA_OBJECT.FIXEDTPM
    | TPMA_OBJECT.FIXEDPARENT
    | TPMA_OBJECT.SENSITIVEDATAORIGIN
    | TPMA_OBJECT.USERWITHAUTH
)


class TpmHolder:
    """Two NV indices of a TPM, made on first use.

    Attributes:
        name: As the configuration calls it.
        strength: What it protects from.
    """

    name = "tpm"
    strength = (
        "the strongest: a stolen card shows nobody's face, and what was erased stays so whatever the card keeps, for "
        "the old key is overwritten inside the TPM; root on the running device, and whoever has the whole device, can "
        "still ask the TPM"
    )

    def __init__(self, tcti: str, index: int, auth_file: Path, disk: Disk = steps.DISK) -> None:
        """Say where the keys are; nothing is asked yet.

        Args:
            tcti: How the TPM is reached, as in "device:/dev/tpmrm0".
            index: The first NV index; the second follows it.
            auth_file: The file of the authorisation, for its owner alone; made on first use.
            disk: Does what is done to that file.
        """
        self._tcti = tcti
        self._indices = tuple(index + number for number in range(MOST))
        self._auth_file = auth_file
        self._disk = disk

    @property
    def without(self) -> str:
        """What it means when there is no key though there should be one."""
        return f"the TPM keeps none at NV index {self._indices[0]:#x}; if it did, it was cleared, or is another chip"

    @property
    def untidy(self) -> bool:
        """No: what a crash leaves in the chip is read as a key."""
        return False

    def read(self) -> tuple[bytes, ...]:
        """Return the keys.

        Raises:
            KeyLostError: The TPM cannot be reached, or does not give them.
        """
        with self._asked() as tpm:
            found = [key for index in self._indices for key in tpm.slot(index)]
        return tuple(dict.fromkeys(found))

    def write(self, keys: Sequence[bytes]) -> None:
        """Keep these keys: first the new ones, in places that are free, then what is not kept is overwritten.

        Raises:
            KeyLostError: The TPM cannot be reached, or does not take them.
        """
        pack(keys)
        with self._asked() as tpm:
            held = {index: tpm.slot(index) for index in self._indices}
            free = [index for index, kept in held.items() if not kept or kept[0] not in keys]
            for key in keys:
                if (key,) not in held.values():
                    tpm.put(free.pop(0), (key,))
            for index in free:
                tpm.put(index, ())

    def forget(self) -> None:
        """Overwrite what is kept, and give the places back; it may be repeated when it was cut short.

        Only a place that opens with the authorisation is given back. The file of that is left to the caller.

        Raises:
            KeyLostError: The TPM cannot be reached, the places are another's, or its owner has a password by now; in
                the last case nothing is kept in them any more.
        """
        with self._asked() as tpm:
            found = [index for index in self._indices if tpm.has(index)]
            for index in found:
                tpm.slot(index)  # raises for another program's
            for index in found:
                tpm.put(index, ())
            for index in found:
                tpm.give_back(index)

    def release(self) -> None:
        """Give the places back without what opens them; whose they are the caller must know. It may be repeated.

        Raises:
            KeyLostError: The TPM cannot be reached.
            ForeignKeyError: The places are another program's, or its owner has a password by now.
        """
        with self._asked() as tpm:
            for index in (found := [index for index in self._indices if tpm.has(index)]):
                tpm.require_ours(index)
            for index in found:
                tpm.give_back(index)

    @contextmanager
    def _asked(self) -> Iterator[_Tpm]:
        auth = self._auth()
        self._require_device()
        try:
            with ESAPI(tcti=self._tcti) as esapi, _session(esapi) as session:
                yield _Tpm(esapi, session, auth, self._new_auth)
        except TSS2_Exception as error:
            raise self._meant(error) from error

    def _auth(self) -> bytes:
        try:
            return self._auth_file.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise KeyLostError(
                f"{self._auth_file}: the TPM's authorisation cannot be read: {error.strerror}; run as its owner"
            ) from error

    def _new_auth(self) -> bytes:
        try:
            steps.make_folder(self._auth_file)
            steps.replace(self._disk, self._auth_file, auth := os.urandom(_AUTH_BYTES))
        except OSError as error:
            raise KeyLostError(
                f"{self._auth_file}: the TPM's authorisation cannot be made: {error.strerror}; check who owns its "
                f"folder, and whether the disk is full or read-only"
            ) from error
        return auth

    def _require_device(self) -> None:
        if not self._tcti.startswith(_DEVICE):
            return
        path = Path(self._tcti.removeprefix(_DEVICE))
        if not path.exists():
            raise KeyLostError(
                f"{path}: this machine has no TPM, or none that its kernel drives: switch it on in the firmware, or "
                f'load its overlay (on a Pi: dtoverlay=tpm-slb9670); or set keys.holder to another than "tpm"'
            )
        if not os.access(path, os.R_OK | os.W_OK):
            raise KeyLostError(f"{path}: this user may not use the TPM: put them into the group tss")

    def _meant(self, error: TSS2_Exception) -> KeyLostError:
        where = f"TPM ({self._tcti}), NV index {self._indices[0]:#x}"
        if error.error in {TPM2_RC.BAD_AUTH, TPM2_RC.AUTH_FAIL}:
            return ForeignKeyError(
                f"{where}: it does not open with {self._auth_file}, or its owner has a password: put that file back, "
                f"or, when another program made the index, set keys.tpm_index to a free one"
            )
        return KeyLostError(
            f"{where}: {error}: see `tpm2_getcap properties-variable`, and whether another program holds it"
        )


class _Tpm:
    """A TPM that is being asked."""

    def __init__(self, esapi: ESAPI, session: ESYS_TR, auth: bytes, new_auth: Callable[[], bytes]) -> None:
        self._esapi, self._session, self._auth, self._new_auth = esapi, session, auth, new_auth

    def slot(self, index: int) -> tuple[bytes, ...]:
        """Return the key that an index holds, if there is the index and it holds one.

        An index whose writing a power cut tore holds none: it was about to be overwritten, or never acknowledged.
        """
        handle = self._open(index)
        if handle is None:
            return ()
        public, _ = self._esapi.nv_read_public(handle)
        if public.nvPublic.dataSize != RECORD_BYTES:
            raise ForeignKeyError(_FOREIGN.format(index))
        if not public.nvPublic.attributes & TPMA_NV.WRITTEN:
            return ()
        record = bytes(self._esapi.nv_read(handle, RECORD_BYTES, auth_handle=handle, session1=self._session))
        try:
            return unpack(record)
        except KeyLostError:
            return ()

    def has(self, index: int) -> bool:
        """Whether there is such an index, whoever made it."""
        return self._open(index) is not None

    def require_ours(self, index: int) -> None:
        """Require an index to be such as this class makes them; there is one."""
        found = self._esapi.nv_read_public(self._open(index))[0].nvPublic
        if found.dataSize != RECORD_BYTES or found.attributes & ~TPMA_NV.WRITTEN != _ATTRIBUTES:
            raise ForeignKeyError(_FOREIGN.format(index))

    def give_back(self, index: int) -> None:
        """Take an index away; there is one."""
        self._esapi.nv_undefine_space(self._open(index))

    def put(self, index: int, keys: tuple[bytes, ...]) -> None:
        """Have an index hold this key, or none."""
        handle = self._open(index) or self._define(index)
        self._esapi.nv_write(handle, pack(keys), auth_handle=handle, session1=self._session)

    def _open(self, index: int) -> Any:  # noqa: ANN401 - the binding has no types
        _, found = self._esapi.get_capability(TPM2_CAP.HANDLES, index, 1)
        handles = found.data.handles
        if not handles.count or int(handles[0]) != index:
            return None
        handle = self._esapi.tr_from_tpmpublic(index)
        self._esapi.tr_set_auth(handle, self._auth)
        return handle

    def _define(self, index: int) -> Any:  # noqa: ANN401 - the binding has no types
        self._auth = self._auth or self._new_auth()
        public = TPMS_NV_PUBLIC(
            nvIndex=index, nameAlg=TPM2_ALG.SHA256, attributes=_ATTRIBUTES, authPolicy=b"", dataSize=RECORD_BYTES
        )
        handle = self._esapi.nv_define_space(self._auth, TPM2B_NV_PUBLIC(nvPublic=public), session1=self._session)
        self._esapi.tr_set_auth(handle, self._auth)
        return handle


@contextmanager
def _session(esapi: ESAPI) -> Iterator[ESYS_TR]:
    """A session that encrypts what is asked and answered, under a secret that only this TPM can learn."""
    primary, *_ = esapi.create_primary(
        TPM2B_SENSITIVE_CREATE(), TPM2B_PUBLIC.parse(_PRIMARY, objectAttributes=_STORAGE), ESYS_TR.NULL
    )
    try:
        session = esapi.start_auth_session(
            tpm_key=primary,
            bind=ESYS_TR.NONE,
            session_type=TPM2_SE.HMAC,
            symmetric=TPMT_SYM_DEF(
                algorithm=TPM2_ALG.AES, keyBits=TPMU_SYM_KEY_BITS(sym=128), mode=TPMU_SYM_MODE(sym=TPM2_ALG.CFB)
            ),
            auth_hash=TPM2_ALG.SHA256,
        )
    finally:
        esapi.flush_context(primary)
    esapi.trsess_set_attributes(session, TPMA_SESSION.CONTINUESESSION | TPMA_SESSION.DECRYPT | TPMA_SESSION.ENCRYPT)
    try:
        yield session
    finally:
        esapi.flush_context(session)
