"""What a release refuses, each in a sentence that names what is wrong; nothing is changed by it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import OtaError
from edge.ota.archive import PARITY, peek
from edge.ota.manifest import ROLES, bundle_custom, set_custom
from edge.ota.publishing import bundles, judging, sets
from edge.ota.publishing.aims import EVERYBODY, Aim
from edge.ota.publishing.sets import Release
from edge.vision.manifest import Accuracy
from tests.unit.repository_site import RepositorySite, a_bundle, factory, points

if TYPE_CHECKING:
    from edge.ota.manifest import SetCustom
    from edge.ota.publishing.change import Change
    from edge.vision.manifest import Manifest

FMRS = (1e-3, 1e-4, 1e-5)


@pytest.fixture
def site(tmp_path: Path) -> RepositorySite:
    return RepositorySite(tmp_path)


def refused(site: RepositorySite, sources: list[str], **words: object) -> str:
    """Release, and return why not; nothing is changed."""
    wanted = Release(**({"name": "new", "percent": 100.0} | words))  # type: ignore[arg-type]  # any word of a release
    before = sorted(path for path in site.folder.rglob("*") if path.is_file())
    with pytest.raises(OtaError) as caught:
        site.repository().apply(lambda change: sets.release(change, wanted, sources, site.makers))
    assert sorted(path for path in site.folder.rglob("*") if path.is_file()) == before
    assert str(caught.value).startswith(f"set {wanted.name} is refused: ")
    return str(caught.value)


def current(site: RepositorySite, aim: Aim = EVERYBODY) -> SetCustom:
    _, change = site.repository().look()
    (info,) = change.see(aim.role).targets.values()
    return set_custom(info.custom, info.path)


def test_a_damaged_bundle_is_named(site: RepositorySite) -> None:
    sources = site.bundles()
    model = Path(sources[1]) / "model.tflite"
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    assert f"{model}: the contents do not have the manifest's sha256" in refused(site, sources)


@pytest.mark.parametrize("role", ["detector", "liveness"])
def test_a_set_that_lacks_a_role_is_refused(site: RepositorySite, role: str) -> None:
    sources = [source for one, source in zip(ROLES, site.bundles(), strict=True) if one != role]
    assert f"a set has one {role}, and this one has none" in refused(site, sources)


def test_two_of_one_role_are_refused(site: RepositorySite) -> None:
    sources = [*site.bundles(), str(a_bundle(site.base, "detector", "3"))]
    assert "a set has one detector, and this one has 2" in refused(site, sources)


def test_every_reason_is_named_at_once(site: RepositorySite) -> None:
    sources = site.bundles()
    (Path(sources[0]) / "model.tflite").unlink()
    (Path(sources[3]) / "manifest.toml").unlink()
    said = refused(site, [*sources, "no-such-bundle"], serial=1)
    for part in ("model.tflite: cannot be read", "manifest.toml: cannot be read", "no-such-bundle is neither a folder"):
        assert part in said


def test_a_board_without_its_gates_is_refused(site: RepositorySite) -> None:
    site.repository().apply(lambda change: sets_for_pi(change, site))
    said = refused(site, site.bundles(), aim=Aim("stable", "pi"))
    assert "board pi has no gates for detector models: say in publisher.toml, below [gates.pi.detector]" in said


def test_a_bundle_for_one_board_is_in_no_set_for_another(site: RepositorySite) -> None:
    text = site.repository().files.settings.read_text(encoding="utf-8")
    gates = text[text.index("[gates.any.detector]") :].replace("gates.any", "gates.pi")
    site.repository().files.note((text + "\n" + gates).encode())
    sources = site.bundles()
    site.repository().apply(lambda change: _added(change, site, sources[0], "pi"))
    name = Path(sources[0]).name
    _, change = site.repository().look()
    pi = bundles.named(change, name, "pi")
    assert pi.custom.board == "pi"
    with pytest.raises(OtaError, match=f"{name} is neither a folder nor a bundle of this repository for any"):
        bundles.named(change, name, "any")


def test_a_bundle_that_is_too_large_for_its_gate_is_refused(site: RepositorySite) -> None:
    settings = site.repository().files.settings
    settings.write_text(settings.read_text().replace("max_bytes = 8_000_000", "max_bytes = 10"), encoding="utf-8")
    said = refused(site, site.bundles())
    assert "the gate of its board allows 10; make it smaller, or change publisher.toml" in said


@pytest.mark.parametrize("serial", [2])
def test_a_serial_that_does_not_grow_is_refused(site: RepositorySite, serial: int) -> None:
    site.publish("one")
    site.publish("two")
    said = refused(site, site.bundles("three"), serial=serial)
    assert f"serial {serial} does not grow: 2 is released in this repository" in said


def test_s9_an_embedder_without_a_measured_threshold_curve_is_refused(site: RepositorySite) -> None:
    said = refused(site, site.bundles(threshold=[]), accept_worse="even so")
    assert "has no measured threshold curve, so no false-match rate can be meant with it (S9)" in said


def test_an_embedder_that_was_not_measured_is_refused(site: RepositorySite) -> None:
    assert "says nothing of how many people it lets in" in refused(site, site.bundles(accuracy=[]))


def test_an_embedder_that_is_two_points_worse_is_refused_and_why_not_is_signed(site: RepositorySite) -> None:
    rows = points(factory("embedder").accuracy, by=-2.0)
    sources = site.bundles(accuracy=rows)
    said = refused(site, sources)
    assert "accepts -2.00 points of genuine pairs at a false-match rate of 0.001" in said
    assert "compared with mobilefacenet-dynamic-1, whose place it takes (95 %: -2.50 to -1.50" in said
    assert "it is worse" in said
    wanted = Release(name="new", percent=1.0, accept_worse="the old one is withdrawn by its maker")
    site.repository().apply(lambda change: sets.release(change, wanted, sources, site.makers))
    assert current(site).accepted_worse == "the old one is withdrawn by its maker"


def test_what_was_accepted_although_worse_lowers_no_bar(site: RepositorySite) -> None:
    worse = site.bundles("w", accuracy=points(factory("embedder").accuracy, by=-2.0))
    wanted = Release(name="worse", percent=100.0, accept_worse="for a test")
    site.repository().apply(lambda change: sets.release(change, wanted, worse, site.makers))
    old = site.embedders[-1]
    rows = [*points(old.accuracy, 0.0, old=old), *points(factory("embedder").accuracy, by=-2.0)]
    said = refused(site, site.bundles("x", accuracy=rows))
    assert "compared with mobilefacenet-dynamic-1," in said
    assert "compared with mobilefacenet-dynamic-w," not in said


def test_a_set_that_was_halted_or_withdrawn_is_nobodys_measure(site: RepositorySite) -> None:
    site.publish("one")
    site.publish("bad", percent=1)
    site.withdraw()
    one, bad = site.embedders[-2:]
    as_bad = points(one.accuracy, 0.0, old=bad)
    assert "compares mobilefacenet-dynamic-t with mobilefacenet-dynamic-one" in refused(
        site, site.bundles("t", accuracy=[msgspec.structs.replace(row, data="elsewhere") for row in as_bad])
    )
    sources = site.bundles("u", accuracy=points(one.accuracy, 0.0, old=one))
    assert site.publish("next", sources).published


def test_an_earlier_set_is_released_again_without_being_measured_again(site: RepositorySite) -> None:
    site.publish("one")
    rows = points(site.embedders[-1].accuracy, by=0.5, old=site.embedders[-1])
    site.publish("better", site.bundles("b", accuracy=rows))
    assert site.again("one").published
    assert (current(site).name, current(site).serial) == ("one", 3)


def test_a_set_that_never_was_cannot_be_released_again(site: RepositorySite) -> None:
    with pytest.raises(OtaError, match="there was no set one before; name the bundles of a new one"):
        site.again("one")


def test_a_name_is_given_once(site: RepositorySite) -> None:
    site.publish("one")
    assert "there was a set one before" in refused(site, site.bundles("y"), name="one")


def test_other_bytes_under_a_published_bundles_name_are_refused(site: RepositorySite) -> None:
    first = site.bundles("2")
    site.publish("one", first)
    other = a_bundle(site.base / "other", "detector", "2", precision="float32")
    said = refused(site, [str(other), *first[1:]])
    assert "bundles/detector/any/blazeface-dynamic-2.tar is published with other content" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [({"name": "Two words"}, "key `name`"), ({"minimum_firmware": "soon"}, "key `minimum_firmware`")],
)
def test_words_that_no_terminal_takes_are_refused(site: RepositorySite, words: dict[str, str], said: str) -> None:
    wanted = Release(**({"name": "new"} | words))  # type: ignore[arg-type]  # any word of a release
    sources = site.bundles()
    with pytest.raises(OtaError, match=said):
        site.repository().apply(lambda change: sets.release(change, wanted, sources, site.makers))


def test_a_published_archive_that_was_changed_is_never_released_again(site: RepositorySite) -> None:
    site.publish("one")
    names = [Path(source).name for source in sorted((site.base / "built").iterdir())]
    (path,) = (site.folder / "targets" / "bundles" / "detector" / "any").iterdir()
    path.write_bytes(path.read_bytes().replace(b"a small detector", b"a SMALL detector"))
    assert "not what was signed; put the file back" in refused(site, names, name="two")


def test_a_bundle_without_a_parity_set_gets_one_and_keeps_its_own(site: RepositorySite) -> None:
    sources = site.bundles()
    (Path(sources[0]) / PARITY).unlink()
    site.publish("one", sources)
    assert not (Path(sources[0]) / PARITY).exists()
    _, change = site.repository().look()
    parities = {}
    for role in ROLES:
        (info,) = change.see(bundles.delegated_role(role)).targets.values()
        archive = bundles.contents(change, info)
        parities[role] = peek(archive, PARITY)
        assert bundle_custom(info.custom, info.path).unpacked_bytes < len(archive)
    assert parities.pop("detector") == b"numbers made here"
    assert set(parities.values()) == {b"the publisher's numbers"}


def row(accepts: int, genuine: int = 933, data: str = "a set", fmr: float = 1e-3) -> Accuracy:
    share = accepts / genuine
    lower, upper = max(0.0, share - 0.01), min(1.0, share + 0.008)
    return Accuracy(fmr, accepts, genuine, lower, upper, data, "edge eval calibrate")


def measured(name: str, *rows: Accuracy) -> Manifest:
    return msgspec.structs.replace(factory("embedder"), version=name, sha256=name * 64, accuracy=list(rows))


@pytest.mark.parametrize(
    ("new", "faulty"),
    [
        (row(920), False),  # the same
        (row(930), False),  # better
        (row(915), False),  # half a point less: neither shown, nor are two points possible
        (row(911), True),  # a point less: two points cannot be excluded
        (row(901), True),  # two points less
        (row(920, data="other pictures"), True),  # nothing is known
        (row(920, fmr=1e-4), True),  # as above
    ],
)
def test_two_measurements_of_one_set_of_pictures_are_compared_with_their_intervals(
    new: Accuracy, *, faulty: bool
) -> None:
    assert bool(judging.worse(measured("b", new), measured("a", row(920)))) == faulty


def test_a_loss_that_is_shown_is_refused_however_small() -> None:
    old = measured("a", row(920))
    shown = measured("b", *points([row(911)], -1.0, old=old))
    (said,) = judging.worse(shown, old)
    assert "-1.00 points" in said
    assert said.endswith("it is worse")
    assert judging.worse(measured("b", *points([row(911)], -0.4, old=old)), old) == ()


def test_the_same_model_is_never_worse_than_itself() -> None:
    one = measured("a", row(920))
    assert judging.worse(msgspec.structs.replace(one, accuracy=[]), one) == ()


def test_each_false_match_rate_counts() -> None:
    old = measured("a", *(row(920, fmr=fmr) for fmr in FMRS))
    assert len(judging.worse(measured("b", row(920, fmr=1e-3), row(900, fmr=1e-4)), old)) == 2


@settings(max_examples=60)
@given(st.integers(800, 933), st.integers(800, 933))
def test_who_accepts_fewer_by_two_points_is_always_refused(old: int, new: int) -> None:
    faults = judging.worse(measured("b", row(new)), measured("a", row(old)))
    if new <= old - 0.02 * 933:
        assert faults
    if new >= old:
        assert not any("it is worse" in fault for fault in faults)


@settings(max_examples=60)
@given(st.floats(-1, 1), st.floats(0, 0.2), st.floats(0, 0.2))
def test_a_paired_measurement_decides_by_its_interval(value: float, below: float, above: float) -> None:
    old = measured("a", row(900))
    (made,) = points([row(900)], 0.0, old=old)
    assert made.against is not None
    beside = msgspec.structs.replace(
        made.against, difference=value, difference_lower=value - below, difference_upper=value + above
    )
    faults = judging.worse(measured("b", msgspec.structs.replace(made, against=beside)), old)
    assert bool(faults) == (value - below <= -0.02 or value + above < 0)


def sets_for_pi(change: Change, site: RepositorySite) -> None:
    from edge.ota.publishing.roles import Holders, delegate  # noqa: PLC0415 - one story's own

    delegate(change, Aim("stable", "pi"), Holders(site.public("sets")))


def _added(change: Change, site: RepositorySite, source: str, board: str) -> None:
    bundles.add(change, Path(source), board, site.parity)  # type: ignore[arg-type]  # a board by its word
