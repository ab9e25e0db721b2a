"""What `edge eval` refuses in one line, and how it prints names and numbers that are none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.commands import Done

if TYPE_CHECKING:
    from tests.e2e.conftest import Typed

pytestmark = pytest.mark.pictures

MODEL = "mobilefacenet-dynamic-1"
_SHOWN = {"bo": ("obama.jpg", "obama2.jpg"), "joe": ("biden.jpg", "biden.jpg")}


@pytest.fixture(autouse=True)
def own_cache(pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embeddings are kept in a folder of the test's; the photographs were fetched into the user's."""
    assert pictures.is_dir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def few(pictures: Path, tmp_path: Path) -> Path:
    """Two pictures of Bo, two of Joe."""
    for person, names in _SHOWN.items():
        (tmp_path / "few" / person).mkdir(parents=True)
        for number, name in enumerate(names, start=1):
            (tmp_path / "few" / person / f"{person}_{number:04d}.jpg").symlink_to(pictures / name)
    return tmp_path / "few"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("verify", "--images", "few", "--pairs", "bad.txt"), (2, "bad.txt, line 1")),
        (("verify", "--images", "few", "--model", "float", "--model", "float"), (2, "given twice")),
        (("verify", "--images", "few", "--model", "nothing"), (4, "no such folder")),
        (("verify", "--images", "few", "--json", "missing/report.json"), (1, "cannot be written")),
        (("verify", "--images", "few", "--plot", "missing/plot.png"), (1, "cannot be written")),
        (("verify", "--images", "few", "--model", "dynamic", "--model", "nothing"), (4, "no such folder")),
        (("identify", "--images", "few", "--model", "dynamic", "--model", "nothing"), (4, "no such folder")),
        (("quality", "--images", "few", "--model", "dynamic", "--model", "nothing"), (4, "no such folder")),
        (("quality", "--images", "few", "--fmr", "1e-9"), (10, "with --fmr")),
        (("quality", "--images", "few", "--gate"), (2, "No such option")),
        (("groups", "--images", "few", "--labels", "labels.csv", "--fmr", "1e-9"), (10, "with --fmr")),
        (("detect", "--images", "empty", "--model", "dynamic", "--model", "nothing"), (4, "no such folder")),
        (("verify", "--images", "few", "--json", "few/../one.png", "--plot", "one.png"), (2, "a file for each")),
        (("calibrate", MODEL, "--images", "few", "--data", "x", "--keep", "bad.txt/keep"), (1, "cannot be written")),
        (("verify", "--images", "few/bo"), (6, "lies in no person's folder")),
        (("verify", "--images", "empty"), (6, "at least two people")),
        (("calibrate", MODEL, "--images", "few", "--data", "x", "--config", "flip.toml"), (2, "without flip")),
        (("calibrate", MODEL, "--images", "few", "--data", "x", "--against", MODEL), (2, "names the same models")),
        (("calibrate", MODEL, "--images", "few", "--data", "x", "--against", "nothing"), (4, "no such folder")),
        (("calibrate", "blazeface-dynamic-1", "--images", "few", "--data", "x"), (4, "detector")),
    ],
)
def test_what_cannot_be_done_is_one_line_before_any_work(
    words: tuple[str, ...], fault: tuple[int, str], few: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(few.parent)
    Path("bad.txt").write_text("many pairs\n")
    Path("labels.csv").write_text("person,kind\nbo,a\njoe,b\n")
    Path("flip.toml").write_text("[models]\nflip = true\n")
    Path("empty").mkdir()
    done = typed("eval", *words)
    assert done.code == fault[0]
    assert fault[1] in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert " a second" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "--images", "few"),
        ("identify", "--images", "few", "--people", "1", "--repeats", "1"),
        ("quality", "--images", "few", "--fmr", "0.01"),
        ("groups", "--images", "few", "--labels", "labels.csv", "--threshold", "0.3"),
        ("detect", "--images", "few"),
    ],
)
def test_words_that_look_like_markup_are_words(
    words: tuple[str, ...], few: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(few.parent)
    Path("labels.csv").write_text("person,[/kind]\nbo,[/b]\njoe,:smile:\n")
    done = typed("eval", *words, "--data", "[/nope]")
    assert done.code == 0
    assert "[/nope]" in done.out
    if "--labels" in words:
        assert "by [/kind]" in done.out
        assert "[/b], FMR at the threshold" in done.out
        assert ":smile:" in done.out


def test_nothing_that_is_not_a_number_is_printed_as_one(few: Path, typed: Typed) -> None:
    """One picture a person: there is no pair of one person anywhere."""
    for name in ("bo/bo_0002.jpg", "joe/joe_0002.jpg"):
        (few / name).unlink()
    done = typed("eval", "verify", "--images", few)
    assert done.code == 0
    assert "equal error rate -" in done.out
    assert "nan" not in done.out


@pytest.mark.parametrize("word", ["--flip", "--gate", "--model=float"])
def test_a_curve_is_of_one_space_and_has_no_options_that_would_change_it(word: str, few: Path, typed: Typed) -> None:
    done = typed("eval", "calibrate", MODEL, "--images", few, "--data", "x", word)
    assert done.code == 2
    assert "No such option" in done.err


def test_too_few_pairs_support_no_curve_and_what_was_kept_stays(few: Path, typed: Typed, tmp_path: Path) -> None:
    done = typed("eval", "calibrate", MODEL, "--images", few, "--data", "few", "--keep", tmp_path / "keep")
    assert done.code == 10
    assert "4 pairs of different people support no curve" in done.err.splitlines()[-1]
    assert not (tmp_path / "keep").exists()


def without(module: str, *words: str | Path) -> Done:
    """Run a command where a package is not installed."""
    program = (
        "import sys\n"
        "sys.argv[0] = 'edge'\n"
        "module = sys.argv.pop(1)\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] == module:\n"
        "            raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from edge.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", program, module, *map(str, words)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.long
def test_without_the_extra_it_says_what_to_install(few: Path, tmp_path: Path) -> None:
    measuring = without("scipy", "eval", "verify", "--images", few)
    assert (measuring.code, measuring.out) == (1, "")
    assert measuring.fault == "edge: measuring needs the extra `eval`: pip install 'door-terminal[eval]'"
    plotting = without("matplotlib", "eval", "verify", "--images", few, "--plot", tmp_path / "plot.png")
    assert (plotting.code, plotting.out) == (1, "")
    assert plotting.fault == "edge: plots need the extra `eval`: pip install 'door-terminal[eval]'"
    assert without("matplotlib", "eval", "verify", "--images", few).code == 0
