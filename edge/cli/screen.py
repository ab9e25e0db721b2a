"""Where progress and remarks go, so that standard output stays for results."""

from __future__ import annotations

from rich.console import Console

console = Console(stderr=True)
