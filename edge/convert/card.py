"""Writes a bundle's ``CARD.md`` from its manifest: the same figures in words."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edge.vision.manifest import Accuracy, Manifest

_CAVEAT = """\
The weights come from `{source.member}` of the {source.registry} package `{source.package}` {source.version}, which
gives its licence as {source.licence}. {source.licence_note} Celebrities whose photographs are in public
benchmarks (LFW among them) may have been in the training data, so figures measured on such photographs may be too
good."""

_NAMES = (
    "LFW holds a few photographs under wrong names; they are counted as they are named, so that the thresholds err to "
    "the safe side: they are a little higher than they would have to be."
)
_KNOWN = " \\*"
_INDEPENDENT = (
    "The intervals of the shares take pairs as independent, which those of one person are not: they are too narrow."
)
_DRAWN = """\
A difference above zero means that this bundle accepts more than the reference; its interval is a paired bootstrap by
identity, {draws} draws of the people in the {pictures} pictures that both embedded."""


def card(use: str, limits: str, manifest: Manifest) -> bytes:
    """The text of ``CARD.md``; what the network is for and what it is not is a paragraph each."""
    shape = " x ".join(str(n) for n in manifest.input.shape[1:])
    parts = [
        f"# {manifest.name} {manifest.version}: {manifest.role}, {manifest.precision}",
        f"**Use.** {use}",
        f"**Limits.** {limits}",
        f"**Input.** {shape}, {manifest.input.colour}, (pixel - {manifest.input.mean:g}) x {manifest.input.scale:.6g}.",
        "**Output.** " + " ".join(f"`{o.name}` {o.shape}: {o.meaning}." for o in manifest.output),
        f"**File.** {manifest.bytes:,} bytes, sha256 `{manifest.sha256}`.",
        f"**Precision.** {manifest.quantisation.method}; XNNPACK partitions: {manifest.delegate.partitions}.",
        "**Origin and licence.** " + _CAVEAT.format(source=manifest.source).replace("\n", " "),
        *_parity(manifest),
        *_thresholds(manifest),
        *_accepted(manifest),
        "This file is written by `scripts/build_models` from `manifest.toml`.",
    ]
    return ("\n\n".join(parts) + "\n").encode()


def _parity(manifest: Manifest) -> list[str]:
    if not manifest.parity:
        return []
    head = dedent("""\
        **Distance to the float32 variant**

        | measure | mean | 95 % no worse than | worst | samples | pictures |
        |---|---|---|---|---|---|""")
    known = {p.data for p in manifest.parity if p.data in manifest.quantisation.calibration}
    rows = [
        f"| {p.metric} | {p.mean:.5g} | {p.p95:.5g} | {p.worst:.5g} | {p.samples} "
        f"| {p.data}{_KNOWN * (p.data in known)} |"
        for p in manifest.parity
    ]
    note = ["\\* The activation ranges come from pictures of this set: on other pictures the distance may be larger."]
    return ["\n".join([head, *rows]), *(note if known else []), _measured_by(p.command for p in manifest.parity)]


def _thresholds(manifest: Manifest) -> list[str]:
    if not manifest.threshold:
        return []
    head = dedent("""\
        **Thresholds** (similarity at which a share of comparisons of different people is accepted)

        | false-match rate | threshold | false matches | comparisons | 95 % interval | pictures |
        |---|---|---|---|---|---|""")
    rows = [
        f"| {t.fmr:g} | {t.threshold:.4f} | {t.false_matches} | {t.comparisons:,} "
        f"| {t.lower:.2g} to {t.upper:.2g} | {t.data} |"
        for t in manifest.threshold
    ]
    note = [_NAMES] if any("LFW" in t.data for t in manifest.threshold) else []
    return ["\n".join([head, *rows]), *note]


def _accepted(manifest: Manifest) -> list[str]:
    if not manifest.accuracy:
        return []
    beside = {f"`{a.against.bundle}` (`{a.against.sha256[:8]}…`)" for a in manifest.accuracy if a.against}
    column = f" more than {', '.join(sorted(beside))}, points (95 % interval) |" if beside else ""
    head = dedent(f"""\
        **Accepted** (genuine pairs accepted at a false-match rate)

        | false-match rate | accepted | genuine pairs | share | 95 % interval |{column} pictures |
        |---|---|---|---|---|{"---|" if beside else ""}---|""")
    rows = [
        f"| {a.fmr:g} | {a.true_accepts:,} | {a.genuine:,} | {a.true_accepts / a.genuine:.2%} "
        f"| {a.lower:.2%} to {a.upper:.2%} |{_difference(a) if beside else ''} {a.data} |"
        for a in manifest.accuracy
    ]
    drawn = sorted({(a.against.draws, a.against.pictures) for a in manifest.accuracy if a.against})
    notes = [_DRAWN.format(draws=f"{draws:,}", pictures=f"{pictures:,}") for draws, pictures in drawn]
    told = " ".join([_INDEPENDENT, *notes]).replace("\n", " ")
    return ["\n".join([head, *rows]), told, _measured_by(a.command for a in manifest.accuracy)]


def _difference(row: Accuracy) -> str:
    """The cell of the column that is there where any row was compared."""
    one = row.against
    if one is None:
        return " - |"
    ends = (one.difference, one.difference_lower, one.difference_upper)
    return " {:+.2f} ({:+.2f} to {:+.2f}) |".format(*(100 * end for end in ends))


def _measured_by(commands: Iterable[str]) -> str:
    return "Measured by " + ", ".join(f"`{command}`" for command in sorted(set(commands))) + "."
