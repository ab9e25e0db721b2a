"""`edge eval migrate`: what becomes of people whose terminal comes to another model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from edge.cli.eval import files, options
from edge.eval.migration import Plan, both_of, simulate, subjects
from edge.eval.pictures import of_people
from edge.eval.subject import material

if TYPE_CHECKING:
    from edge.cli.eval.options import Measuring
    from edge.eval.migration_report import MigrationReport


@click.command("migrate")
@options.simulating
@click.option("--from", "old", required=True, help="The embedder that people were enrolled with: a bundle.")
@click.option("--to", "new", required=True, help="The embedder that they come to.")
@click.option("--days", type=click.IntRange(3, 10), default=3, show_default=True, help="Walks that make a template.")
@click.option("--people", type=click.IntRange(2), default=50, show_default=True, help="How many are enrolled.")
@click.option(
    "--attackers", type=click.IntRange(1, 100), default=3, show_default=True, help="Of each person: most alike."
)
@click.option("--each", is_flag=True, help="Each photograph in turn is the enrolled one: more trials, not independent.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="Of who is enrolled, and when attackers come."
)
def command(chosen: Measuring, **what: Any) -> None:  # noqa: ANN401 (click hands over every option by name)
    """Let people walk by a terminal that comes to another model, and attackers among them.

    Everybody is enrolled with one photograph; whoever has a photograph more than --days walks by with the
    others, one a day, and the terminal's own rules make a template of the new model of them. Nobody's embeddings of the
    two models are ever compared with each other; the searches are counted.

    Printed are who migrated, who was refused at the door's own rate before, at the cut-over and after, and what a fresh
    enrolment with the new model would have given. Then attackers, whom the old model is made to take for the person
    once: their face must not be let in by the new model because of it. The control makes a template of one walk.
    """
    chosen = replace(chosen, models=(what["old"], what["new"]))
    setups, pictures = chosen.setups(), of_people(chosen.images)
    faces = [chosen.faces(pictures, one) for one in setups]
    both = both_of(faces[0], faces[1], (setups[0], setups[1]), what["days"])
    plan = Plan(what["people"], what["attackers"], what["seed"], what["each"])
    looked = material(chosen.name, faces[0], gated=False), setups[0].models(), setups[1].models()
    with options.bar("walking by", len(subjects(both, plan))) as advance:
        report = simulate(both, looked, plan, advance)
    files.write_report(report, chosen.report_file)
    if not chosen.to_stdout():
        _print(report)
    options.end(*faces)


def _print(report: MigrationReport) -> None:
    out, refusals = options.results(), report.refusals
    out.print(
        f"{report.material.data}: {report.material.people:,} people, {report.material.faces:,} faces; from "
        f"{report.old.embedder.name} to {report.new.embedder.name}, {report.plan['days']} days, "
        f"{report.plan['people']} enrolled, seed {report.plan['seed']}"
    )
    out.print(f"{report.people['people']:,} people with pictures enough, enrolled {report.people['enrolled']:,} times")
    out.print(f"migrated by walking by: {report.migrated}")
    out.print("walks: " + ", ".join(f"{number:,} {why}" for why, number in report.declined.items()))
    out.print(f"walks of others that were kept, unforced: {report.strangers_kept}")
    out.print(f"searches within a space: {report.compared:,}; across spaces: {report.across:,}")
    table = Table("refused at the door's own rate", "everybody", "those who migrated", box=None)
    table.add_row("before: old model, enrolled", str(refusals.before), str(refusals.before_migrated))
    table.add_row("at the cut-over: new model, or no template", str(refusals.cut_over), "")
    table.add_row("after: new model, migrated", "", str(refusals.after))
    table.add_row("new model, enrolled afresh", str(refusals.fresh), str(refusals.fresh_migrated))
    out.print(table)
    for one in report.forced:
        out.print(
            f"one forced false match beside {one.among} true walks: template changed {one.taken_in:,} of "
            f"{one.trials:,}; planted {one.planted}; were one walk enough {one.control}"
        )
