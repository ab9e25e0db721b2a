"""The provisioning file: TOML text to a document and back; every fault is reported at once, with key and line. Pure."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import Any

import msgspec

from edge.config.file import configured, fail, read, section, written
from edge.config.settings import Config
from edge.errors import ConfigError, ProvisionError
from edge.provision.contradictions import contradictions
from edge.provision.tables import Document

TABLES = tuple(one.name for one in dataclasses.fields(Document) if one.name != "config")
"""The tables that are no configuration."""
_SETTINGS = tuple(one.name for one in dataclasses.fields(Config))


def parse(text: str, name: str) -> Document:
    """Turn the text of a provisioning file into a document; its signature is none of its business.

    Args:
        text: TOML, as `edge.provision.signature.split` leaves it.
        name: What its faults are reported under.

    Raises:
        ProvisionError: The text is not TOML, or has faults; all of them are in the message.
    """
    try:
        tables = read(text, name)
        faults: list[str] = []
        document = built(tables, faults)
        fail(text, name, faults)
    except ConfigError as error:
        raise ProvisionError(str(error), error.faults) from error
    return document


def dump(document: Document) -> str:
    """Return a document as TOML text that `parse` reads back to an equal value; every setting is in it."""
    return written(builtins(document))


def builtins(document: Document) -> dict[str, Any]:
    """Return what a document says as the tables of its file: plain values, tables that are not there left out."""
    plain = msgspec.to_builtins(document, builtin_types=(date, datetime))
    config = msgspec.to_builtins(document.config)
    return {**{key: plain[key] for key in TABLES if plain[key] is not None}, **config}


def built(tables: dict[str, Any], faults: list[str]) -> Document:
    """Return the document that tables describe; what is wrong with them is added to `faults`, and it is None then.

    Each fault begins with its key.
    """
    settings = {key: value for key, value in tables.items() if key in _SETTINGS}
    known = ", ".join(sorted((*TABLES, *_SETTINGS)))
    strange = [key for key in tables if key not in {*TABLES, *_SETTINGS}]
    faults += [f"{key}: unknown table or key; known here: {known}" for key in strange]
    found: Document | None = section(Document, {key: tables[key] for key in TABLES if key in tables}, "", faults)
    config = configured(settings, faults)
    said = {fault.partition(":")[0] for fault in faults}
    document = dataclasses.replace(found, config=config) if found else None
    if document:
        faults += [fault for fault in contradictions(document) if fault.partition(":")[0] not in said]
    return document  # type: ignore[return-value]  # None only beside a fault
