"""`python -m tests.bench.ota_attacks`: every attack on the fetching of updates, and the sentence that it ended in."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.unit import attacks_metadata, attacks_targets
from tests.unit.attack_table import ATTACKS, refusal
from tests.unit.ota_site import Site

MODULES = (attacks_metadata, attacks_targets)  # each adds its attacks to the table


def main() -> int:
    """Print the table; 1 when an attack did not end as it must."""
    table = Table("attack", "caught by", show_lines=False)
    missed = 0
    for one in ATTACKS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                sentence = refusal(Site(Path(folder)), one)
            except AssertionError as error:
                sentence = f"NOT REFUSED: {error}"
        missed += one.caught not in sentence
        table.add_row(one.name, sentence)
    Console(width=200 if not sys.stdout.isatty() else None).print(table)
    print(f"{len(ATTACKS)} attacks, {len(ATTACKS) - missed} refused as they must be, {missed} not")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
