"""`edge ota repo`, as typed: a key ceremony, releases, refusals, and signatures that come one at a time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from edge.cli.ota.repo_options import PASSWORD
from edge.keys import new_pair
from edge.ota.manifest import set_custom
from edge.ota.publishing.aims import EVERYBODY
from edge.ota.publishing.repository import Outcome
from edge.ota.publishing.signing import Signing
from edge.ota.publishing.status import RepositoryReport
from edge.vision.bundle import find
from tests.unit.plain_client import PlainClient
from tests.unit.repository_site import FACTORY, RepositorySite

if TYPE_CHECKING:
    from tests.e2e.commands import Done
    from tests.e2e.conftest import Typed

WORDS = "correct horse battery"


@pytest.fixture
def keys(tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of four keys, each made by the command; the passphrase is in the environment."""
    monkeypatch.setenv(PASSWORD, WORDS)
    folder = tmp_path / "keys"
    folder.mkdir()
    for name in ("anna", "bert", "carl", "server"):
        done = typed("ota", "repo", "key", folder / name)
        assert done.code == 0
        assert f"{name} (" in done.out
    return folder


@pytest.fixture
def folder(tmp_path: Path, typed: Typed, keys: Path) -> Path:
    """A repository that is published."""
    folder = tmp_path / "repository"
    roots = ("--root", keys / "anna.pub", "--root", keys / "bert.pub", "--root-threshold", "2")
    others = ("--targets", keys / "carl.pub", "--online", keys / "server.pub")
    done = typed("ota", "repo", "init", folder, *roots, *others, *every(keys, "anna", "bert", "carl", "server"))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("published: ")
    return folder


@pytest.fixture
def small(tmp_path: Path) -> RepositorySite:
    """Makes small bundles."""
    (tmp_path / "other").mkdir()
    return RepositorySite(tmp_path / "other")


def every(keys: Path, *names: str) -> list[str | Path]:
    return [word for name in names for word in ("--key", keys / f"{name}.pem")]


def outcome(done: Done) -> Outcome:
    assert (done.code, done.err) == (0, "")
    return msgspec.json.decode(done.out, type=Outcome)


def status(typed: Typed, folder: Path) -> RepositoryReport:
    done = typed("ota", "repo", "status", folder, "--json")
    assert (done.code, done.err) == (0, "")
    return msgspec.json.decode(done.out, type=RepositoryReport)


def test_a_set_is_released_widened_halted_withdrawn_and_the_earlier_one_released_again(
    typed: Typed, keys: Path, folder: Path, small: RepositorySite
) -> None:
    both = every(keys, "carl", "server")
    first, second = small.bundles("2"), small.bundles("3")
    for word, sources in (("2026-11b", first), ("2026-12a", second)):
        done = typed("ota", "repo", "release", folder, word, *sources, "--percent", "1", *both, "--json")
        assert outcome(done).published
    client = PlainClient(folder, folder / "client", (folder / "metadata" / "1.root.json").read_bytes())

    def said() -> tuple[str, int, float, bool, bool]:
        info = client.look(EVERYBODY.path, datetime.now(UTC))
        assert info is not None
        custom = set_custom(info.custom, info.path)
        how = custom.rollout
        return custom.name, custom.serial, how.percent, how.halted, how.withdrawn

    assert said() == ("2026-12a", 2, 1, False, False)
    for words, told in (
        (("roll-out", folder, "--percent", "25"), ("2026-12a", 2, 25, False, False)),
        (("halt", folder), ("2026-12a", 2, 25, True, False)),
        (("withdraw", folder), ("2026-12a", 2, 25, True, True)),
        (("release", folder, "2026-11b", "--percent", "100"), ("2026-11b", 3, 100, False, False)),
    ):
        assert outcome(typed("ota", "repo", *words, *both, "--json")).published
        assert said() == told
    (one,) = status(typed, folder).sets
    assert (one.name, one.serial, one.percent) == ("2026-11b", 3, 100)
    table = typed("ota", "repo", "status", folder)
    assert "2026-11b, serial 3, to 100 %" in table.out
    assert "anna (" in table.out


def test_signatures_come_one_at_a_time_from_machines_that_have_nothing_but_the_file(
    typed: Typed, keys: Path, folder: Path, tmp_path: Path
) -> None:
    typed("ota", "repo", "key", keys / "dora")
    words = ("root", "--add", keys / "dora.pub", "--remove", "anna")
    done = typed("ota", "repo", "rotate", folder, *words, *every(keys, "server"))
    assert "root 2: 2 more of anna" in done.out
    waiting = folder / "waiting" / "root.json"
    copies = []
    for name in ("anna", "bert", "dora"):
        copies.append(tmp_path / f"{name}-stick.json")
        shutil.copy(waiting, copies[-1])
        done = typed("ota", "repo", "sign", copies[-1], *every(keys, name))
        assert "root: 2 of bert" in done.out
        assert f"signed by {name}" in done.out
        assert "(2, dora)" not in done.out
    added = [word for copy in copies[:2] for word in ("--add", copy)]
    signing = msgspec.json.decode(typed("ota", "repo", "sign", waiting, *added, "--json").out, type=Signing)
    assert (len(signing.added), signing.signatures) == (2, 2)
    assert not outcome(typed("ota", "repo", "renew", folder, *every(keys, "server"), "--json")).published
    assert typed("ota", "repo", "sign", waiting, "--add", copies[2]).code == 0
    assert outcome(typed("ota", "repo", "renew", folder, *every(keys, "server"), "--json")).published
    (root,) = [role for role in status(typed, folder).roles if role.role == "root"]
    assert (root.version, root.threshold) == (2, 2)
    assert [name[:4] for name in root.keys] == ["bert", "dora"]


def test_signatures_of_another_file_are_refused(typed: Typed, keys: Path, folder: Path) -> None:
    typed("ota", "repo", "renew", folder, "root", "targets", *every(keys, "server"))
    root, targets = folder / "waiting" / "root.json", folder / "waiting" / "targets.json"
    before = root.read_bytes()
    done = typed("ota", "repo", "sign", root, "--add", targets)
    assert done.code == 13
    assert "signatures of other metadata" in done.fault
    assert root.read_bytes() == before


def test_a_worse_model_is_refused_and_its_reason_can_be_accepted(
    typed: Typed, keys: Path, folder: Path, small: RepositorySite
) -> None:
    from tests.unit.repository_site import factory, points  # noqa: PLC0415 - one story's own

    sources = small.bundles("2", accuracy=points(factory("embedder").accuracy, by=-2.0))
    both = every(keys, "carl", "server")
    done = typed("ota", "repo", "release", folder, "worse", *sources, *both)
    assert done.code == 13
    assert "-2.00 points of genuine pairs" in done.err
    assert status(typed, folder).sets == ()
    done = typed("ota", "repo", "release", folder, "worse", *sources, *both, "--accept-worse", "withdrawn by its maker")
    assert done.code == 0
    assert status(typed, folder).sets[0].accepted_worse == "withdrawn by its maker"


def test_bundles_are_added_once_and_named_by_sets(typed: Typed, keys: Path, folder: Path) -> None:
    """The shipped models, which have no parity set: one is made by running them."""
    both = every(keys, "carl", "server")
    done = typed("ota", "repo", "bundle", folder, *(find(name) for name in FACTORY.values()), *both, "--json")
    assert outcome(done).published
    assert typed("ota", "repo", "bundle", folder, find(FACTORY["detector"]), *both).out == "nothing to publish\n"
    assert outcome(typed("ota", "repo", "release", folder, "first", *FACTORY.values(), *both, "--json")).published
    report = status(typed, folder)
    assert sorted(bundle.name for bundle in report.bundles) == sorted(FACTORY.values())
    assert [one.name for one in report.sets] == ["first"]


def test_a_wrong_passphrase_a_public_half_and_a_file_that_is_no_key_are_told(
    typed: Typed, keys: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = typed("ota", "repo", "renew", folder, "--key", keys / "server.pub")
    assert done.code == 13
    assert "this is the public half" in done.fault
    (tmp_path / "x.pem").write_text("nothing")
    done = typed("ota", "repo", "renew", folder, "--key", tmp_path / "x.pem")
    assert done.code == 3
    assert "not a private key" in done.fault
    (tmp_path / "words").write_text("something else\n")
    done = typed("ota", "repo", "renew", folder, *every(keys, "server"), "--password-file", tmp_path / "words")
    assert done.code == 3
    assert "server.pem: not a private key in PEM, or the passphrase is wrong" in done.fault
    monkeypatch.setenv(PASSWORD, "short")
    done = typed("ota", "repo", "key", tmp_path / "new")
    assert done.code == 3
    assert "at least 12 characters" in done.fault
    monkeypatch.setenv(PASSWORD, WORDS)
    done = typed("ota", "repo", "key", keys / "anna")
    assert done.code == 13
    assert "a key is never overwritten" in done.fault


def test_a_private_key_is_for_its_owner_and_what_is_served_for_everybody(keys: Path, folder: Path) -> None:
    assert (keys / "anna.pem").stat().st_mode & 0o077 == 0
    assert b"ENCRYPTED" in (keys / "anna.pem").read_bytes()
    served = [path for place in ("metadata", "targets") for path in (folder / place).rglob("*") if path.is_file()]
    assert served
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in served)


def test_a_key_elsewhere_signs_by_its_uri(typed: Typed, keys: Path, folder: Path, tmp_path: Path) -> None:
    """As a hardware module does: `securesystemslib` finds the private half, here in an open file."""
    private, public = new_pair()
    (tmp_path / "open.pem").write_bytes(private)
    (tmp_path / "public.pem").write_bytes(public)
    words = ("--uri", f"file2:{tmp_path / 'open.pem'}", "--public", tmp_path / "public.pem")
    assert typed("ota", "repo", "key", tmp_path / "module", *words).code == 0
    here = tmp_path / "module.pub"
    rotated = ("rotate", folder, "online", "--add", here, "--remove", "server")
    root_keys = every(keys, "anna", "bert", "server")
    assert outcome(typed("ota", "repo", *rotated, *root_keys, "--key", here, "--json")).published
    assert outcome(typed("ota", "repo", "renew", folder, "--key", here, "--json")).published


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("status",), 13, "there is no repository here"),
        (("renew",), 13, "`edge ota repo init` makes one"),
        (("halt",), 13, "`edge ota repo init` makes one"),
    ],
)
def test_a_folder_that_is_no_repository_is_told(
    typed: Typed, tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = typed("ota", "repo", words[0], tmp_path / "empty", *words[1:])
    assert done.code == code
    assert said in done.fault


def test_a_repository_is_not_made_in_the_place_of_another(typed: Typed, keys: Path, folder: Path) -> None:
    roots = ("--root", keys / "anna.pub", "--targets", keys / "carl.pub", "--online", keys / "server.pub")
    done = typed("ota", "repo", "init", folder, *roots, *every(keys, "anna", "carl", "server"))
    assert done.code == 13
    assert "there is a repository in this folder already" in done.fault


def test_settings_that_were_mistyped_are_named(typed: Typed, folder: Path) -> None:
    file = folder / "publisher.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("timestamp = 7", "timestamp = 0"), encoding="utf-8")
    done = typed("ota", "repo", "status", folder)
    assert done.code == 13
    assert "publisher.toml: Expected `int` >= 1 - at `$.days.timestamp`" in done.fault


def test_the_pipelines_script_releases_folders_as_its_caller_sees_them(
    keys: Path, folder: Path, small: RepositorySite, tmp_path: Path
) -> None:
    """The script beside an environment that is ready; setting one up is the other scripts' test."""
    place = tmp_path / "project" / "scripts"
    place.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "scripts" / "publish_models", place)
    (place / "setup").write_text('cd "$(dirname "${BASH_SOURCE[0]}")/.."\nmake_venv() { :; }\n', encoding="utf-8")
    (place.parent / ".venv").symlink_to(Path(sys.executable).parents[1])
    small.bundles("2")
    names = [str(path.relative_to(small.base)) for path in sorted((small.base / "built").iterdir())]
    words = [str(word) for word in every(keys, "carl", "server")]
    done = subprocess.run(
        [place / "publish_models", folder, "2026-12a", *names, "--percent", "1", *words],
        cwd=small.base,
        env=os.environ | {PASSWORD: WORDS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("published: ")
