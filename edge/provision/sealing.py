"""The secrets of a provisioning file, sealed to a claim code that travels another way than the card does.

Whoever finds the card, or the mail with the file, has nothing without the code; whoever finds the code has nothing
without the file. The box is bound to the terminal and to the moment of issue: none opens in another file.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from binascii import Error as NoBase64
from typing import TYPE_CHECKING, Any

from edge.errors import ProvisionError, SealError
from edge.keys.codes import seal_under, unseal_under
from edge.provision.claim_code import checked
from edge.provision.secret_keys import SECRETS, secrets_of
from edge.provision.tables import Sealed

if TYPE_CHECKING:
    from edge.provision.tables import Document


def seal(document: Document, code: str, name: str = "the file") -> Document:
    """Return a document whose secrets lie in a box.

    Args:
        document: With its secrets as they are.
        code: The claim code, as `claim_code.new_code` makes it.
        name: What its faults are reported under.

    Raises:
        ProvisionError: It is sealed already, has no secret, or the code is none.
    """
    plain = secrets_of(document)
    if document.sealed:
        raise ProvisionError(
            f"{name}: is sealed already, and stays so; for another code make it anew, `edge provision new`"
        )
    if not plain:
        raise ProvisionError(f"{name}: has no secret to seal; secrets are {', '.join(SECRETS)}")
    salt, box = seal_under(checked(code), json.dumps(plain).encode(), _about(document))
    sealed = Sealed(keys=tuple(plain), salt=base64.b64encode(salt).decode(), box=base64.b64encode(box).decode())
    return dataclasses.replace(replaced(document, dict.fromkeys(plain, "")), sealed=sealed)


def unseal(document: Document, code: str) -> Document:
    """Return a document with its secrets where they belong; one that is not sealed is returned as it is.

    Raises:
        ProvisionError: The code is none, or not this file's.
    """
    if not document.sealed:
        return document
    try:
        salt, box = (base64.b64decode(one, validate=True) for one in (document.sealed.salt, document.sealed.box))
        plain = json.loads(unseal_under(checked(code), salt, box, _about(document)))
    except (SealError, NoBase64) as error:
        raise ProvisionError(
            f"the claim code is not that of this file, which is for the terminal {document.terminal.id}: look for its "
            f"line on the claim sheet"
        ) from error
    if not isinstance(plain, dict) or set(plain) != set(document.sealed.keys):
        raise ProvisionError("what is sealed is not what sealed.keys says; have the file made again")
    return dataclasses.replace(replaced(document, plain), sealed=None)


def _about(document: Document) -> bytes:
    issued = document.terminal.issued.timestamp()
    return f"provisioning secrets of {document.terminal.id}, {issued:.6f}".encode()


def replaced(document: Document, values: dict[str, str]) -> Document:
    """Return the document with some secrets changed.

    Args:
        document: The document.
        values: What they become, by key as of `SECRETS`.
    """
    changed: dict[str, Any] = {}
    for path, value in values.items():
        table, _, key = path.partition(".")
        section = changed.get(table) or getattr(document, table)
        changed[table] = dataclasses.replace(section, **{key: value})
    return dataclasses.replace(document, **changed)
