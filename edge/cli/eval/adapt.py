"""`edge eval adapt`: what adaptation is worth, and whether an attacker can walk a template over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.table import Table

from edge.cli.eval import files, options
from edge.eval.adaptation import AdaptReport, Plan, simulate
from edge.eval.pictures import of_people
from edge.eval.subject import material

if TYPE_CHECKING:
    from edge.cli.eval.options import Measuring
    from edge.eval.renewal import Renewal


@click.command("adapt")
@options.simulating
@click.option(
    "--people",
    type=click.IntRange(2),
    default=50,
    show_default=True,
    help="How many are enrolled, the victim among them.",
)
@click.option(
    "--attackers",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    help="Attackers of each victim: most alike.",
)
@click.option(
    "--steps", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Presentations of each, at most."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of who is enrolled, and of noise.")
def command(chosen: Measuring, *, people: int, attackers: int, steps: int, seed: int) -> None:
    """Simulate attackers who try to walk a victim's templates over to their own face, and genuine people over time.

    Every person is a victim, enrolled with their first photograph, of those who resemble them most. Liveness is taken
    to be defeated. An attacker presents their own face in many frames; or, omniscient, any face that they like: the one
    on the way from the victim to themselves that goes as far as the rule accepts, again and again, a week apart. They
    have won when their own photograph is let in as the victim, which it was not before.

    Three policies are attacked: the product's, with the [adaptation] of the configuration; the same without the bound
    at the door; and a terminal that makes a template of whoever it lets in, which must fail. Attackers who are "near"
    resemble the victim as much as decision.fpir times adaptation.reach stands for: that much is given away openly.

    Then people with three photographs or more come by: enrolled with one, adapted to the next, judged by the last.
    """
    (setup,), pictures = chosen.setups(), of_people(chosen.images)
    faces = chosen.faces(pictures, setup)
    plan = Plan(people, attackers, steps, seed)
    with options.bar("attacking", len(faces.names) * attackers) as advance:
        report = simulate(faces, setup, material(chosen.name, faces, gated=False), plan, advance)
    files.write_report(report, chosen.report_file)
    if not chosen.to_stdout():
        _print(report)
    options.end(faces)


def _print(report: AdaptReport) -> None:
    out = options.results()
    plan = report.plan
    out.print(
        f"{report.material.data}: {report.material.people:,} people, {report.material.faces:,} faces; "
        f"{plan['enrolled']} enrolled, {plan['attackers']} attackers of each, seed {plan['seed']}"
    )
    out.print(
        f"the door asks for {report.threshold:.3f}, an adapted template for {report.strong:.3f} to an enrolled one, "
        f"and it lifts by {report.lift:.3f} at most; {report.accepted_before} attackers were let in from the start"
    )
    table = Table(
        "adaptation", "attack", "attacker", "trials", "presented", "adapted", "won", "95 % interval", box=None
    )
    for walk in report.walks:
        table.add_row(
            walk.policy,
            walk.attack,
            "near" if walk.near else "further away",
            f"{walk.won.trials:,}",
            f"{walk.presented:,}",
            f"{walk.adapted:,}",
            f"{walk.won.events:,}",
            f"{walk.won.lower:.3%} to {walk.won.upper:.3%}",
        )
    out.print(table)
    _print_renewal("enrolled with their first photograph", report.renewal)
    _print_renewal("each photograph in turn the enrolled one (not independent)", report.renewal_of_each)


def _print_renewal(words: str, found: Renewal) -> None:
    out = options.results()
    out.print(f"genuine people, {words}: {found.people:,} times, {found.adapted:,} of {found.grants:,} adapted")
    out.print(f"  refused before {found.before}")
    out.print(f"  refused after  {found.after}; {found.rescued} rescued, {found.lost} lost")
    out.print(f"  strangers let in before {found.strangers_before}, after {found.strangers_after}")
