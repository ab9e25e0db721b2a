"""Writes a bundle's ``CARD.md`` from its manifest: the same figures in words."""

from textwrap import dedent

from edge.convert.recipes import Recipe
from edge.vision.manifest import Manifest

_CAVEAT = """\
The weights come from `{source.member}` of the {source.registry} package `{source.package}` {source.version}, which
gives its licence as {source.licence}. {source.licence_note} Celebrities whose photographs are in public
benchmarks (LFW among them) may have been in the training data, so figures measured on such photographs may be too
good."""


def card(recipe: Recipe, manifest: Manifest) -> bytes:
    """The text of ``CARD.md``."""
    shape = " x ".join(str(n) for n in manifest.input.shape[1:])
    parts = [
        f"# {manifest.name} {manifest.version}: {manifest.role}, {manifest.precision}",
        f"**Use.** {recipe.use}",
        f"**Limits.** {recipe.limits}",
        f"**Input.** {shape}, {manifest.input.colour}, (pixel - {manifest.input.mean:g}) x {manifest.input.scale:.6g}.",
        "**Output.** " + " ".join(f"`{o.name}` {o.shape}: {o.meaning}." for o in manifest.output),
        f"**File.** {manifest.bytes:,} bytes, sha256 `{manifest.sha256}`.",
        f"**Precision.** {manifest.quantisation.method}; XNNPACK partitions: {manifest.delegate.partitions}.",
        "**Origin and licence.** " + _CAVEAT.format(source=manifest.source).replace("\n", " "),
        *_parity(manifest),
        *_thresholds(manifest),
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
    rows = [
        f"| {p.metric} | {p.mean:.5g} | {p.p95:.5g} | {p.worst:.5g} | {p.samples} | {p.data} |" for p in manifest.parity
    ]
    commands = sorted({f"`{p.command}`" for p in manifest.parity})
    return ["\n".join([head, *rows]), "Measured by " + ", ".join(commands) + "."]


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
    return ["\n".join([head, *rows])]
