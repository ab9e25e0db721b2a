"""The JSON schema of a provisioning file, for editors: made of the dataclasses, and so it is true. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.config import Config
from edge.provision.tables import Document

_REFERENCE = "#/$defs/{name}"


def schema() -> dict[str, Any]:
    """Return the schema; a table or key that it does not name is a fault."""
    _, parts = msgspec.json.schema_components((Document, Config), ref_template=_REFERENCE)
    document, config = parts.pop("Document"), parts.pop("Config")
    properties = {key: one for key, one in document["properties"].items() if key != "config"} | config["properties"]
    for one in parts.values():
        if one.get("type") == "object":
            one["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "terminal.toml: the provisioning file of a door terminal",
        "type": "object",
        "properties": properties,
        "required": document["required"],
        "additionalProperties": False,
        "$defs": parts,
    }
