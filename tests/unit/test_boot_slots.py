"""Which system slot starts: the script that decides it, in both shells that run it, over a card in a file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from image.build import boot_area, flavour, loader

IMAGES = Path(__file__).parents[2] / "image"
SCRIPT = IMAGES / "initrd/boot-slots"
SHELLS = [pytest.param(["sh"], id="sh")]
if shutil.which("busybox"):
    SHELLS.append(pytest.param(["busybox", "sh"], id="busybox", marks=pytest.mark.long))
TRIES, PATIENCE = 3, 6


class Card:
    """A card whose first four mebibytes are a file."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.path = folder / "card"
        self.path.write_bytes(bytes(4 << 20))
        self._shell = shell

    def ask(self, *words: str, said: str = "", full: bool = False) -> subprocess.CompletedProcess[str]:
        """Run the script, whatever comes of it; with a card that takes no writes where it is `full`."""
        environment = {"DOOR_DISK": str(self.path), "DOOR_SCRATCH": str(self.path.parent), "PATH": "/usr/bin:/bin"}
        if full:
            refusing = self.path.parent / "refusing"
            refusing.mkdir(exist_ok=True)
            refused = f'#!/bin/sh\ncase "$*" in *of={self.path}*) exit 1 ;; esac\nexec /bin/dd "$@"\n'
            (refusing / "dd").write_text(refused)
            (refusing / "dd").chmod(0o755)
            environment["PATH"] = f"{refusing}:/usr/bin:/bin"
        return subprocess.run(
            [*self._shell, str(SCRIPT), *words],
            env=environment,
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )

    def do(self, *words: str, said: str = "", full: bool = False) -> str:
        """Run the script, which must not fail."""
        done = self.ask(*words, said=said, full=full)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def state(self) -> dict[str, str]:
        """Return what it says of both slots."""
        return dict(line.split("=", 1) for line in self.do("show").splitlines())

    def sectors(self) -> list[bytes]:
        """Return both copies of the state."""
        raw = self.path.read_bytes()
        return [raw[at : at + boot_area.SECTOR] for at in boot_area.STATE]

    def put(self, at: int, raw: bytes) -> None:
        """Write bytes, as a card that tears would."""
        with self.path.open("r+b") as file:
            file.seek(at)
            file.write(raw)


@pytest.fixture(params=SHELLS)
def card(request: pytest.FixtureRequest, tmp_path: Path) -> Card:
    return Card(tmp_path, request.param)


def starts(card: Card, times: int) -> str:
    return "".join(card.do("next") for _ in range(times))


def test_a_new_card_starts_its_first_slot_and_counts(card: Card) -> None:
    assert starts(card, 2) == "aa"
    assert (card.state()["a_left"], card.state()["last"]) == (str(PATIENCE - 2), "a")


def test_an_installed_system_is_tried_so_often_and_then_the_other_is_back(card: Card) -> None:
    card.do("set-state", "b", "bad")  # RAUC, before it writes
    assert card.do("get-primary") == "a"
    card.do("set-primary", "b")  # RAUC, afterwards
    assert (card.do("get-primary"), card.do("get-state", "b")) == ("b", "good")
    assert starts(card, TRIES + 1) == "bbba"
    assert (card.do("get-primary"), card.do("get-state", "b")) == ("a", "bad")


def test_a_confirmed_system_stays_and_a_start_that_went_well_is_not_counted(card: Card) -> None:
    card.do("set-state", "b", "bad")
    card.do("set-primary", "b")
    starts(card, TRIES - 1)
    card.do("alive", "b")
    assert (card.state()["b_left"], card.state()["b_good"]) == (str(TRIES), "0")
    card.do("set-state", "b", "good")
    assert (card.state()["b_left"], card.state()["b_good"]) == (str(PATIENCE), "1")
    before = card.sectors()
    card.do("alive", "b")
    assert card.sectors() == before, "the card is not written where nothing was counted"


def test_a_power_cut_in_the_middle_of_an_installation_leaves_the_old_slot(card: Card) -> None:
    starts(card, 1)
    card.do("set-state", "b", "bad")
    assert starts(card, 2) == "aa"


def test_a_slot_that_cannot_be_used_is_left_at_once_and_says_why(card: Card) -> None:
    card.do("failed", "a", 'its "content" is $(not) what was signed')
    assert starts(card, 1) == "b"
    assert card.state()["a_why"] == "its  content  is  (not) what was signed"


def test_there_is_always_a_slot_to_start(card: Card) -> None:
    card.do("failed", "a", "broken")
    card.do("failed", "b", "broken")
    assert starts(card, 1) == "a"
    card.do("set-state", "b", "good")
    card.do("settle", "b")
    assert starts(card, PATIENCE + 1) == "b" * PATIENCE + "a"


def test_a_slot_whose_start_was_not_seen_to_go_well_is_doubtful_while_there_is_another(card: Card) -> None:
    def doubtful(slot: str) -> bool:
        return card.ask("doubtful", slot).returncode == 0

    starts(card, 1)
    assert not doubtful("a"), "this is its first start"
    starts(card, 1)
    assert doubtful("a")
    card.do("alive", "a")
    starts(card, 1)
    assert not doubtful("a")
    card.do("set-primary", "b")
    card.do("set-state", "b", "bad")
    starts(card, 1)
    assert not doubtful("a"), "nothing else could be started"
    card.do("set-primary", "b")
    assert starts(card, 1) == "b"
    assert not doubtful("b")
    assert starts(card, 1) == "b"
    assert doubtful("b")


def test_s10_a_card_that_takes_no_writes_starts_what_was_confirmed_and_counts_nothing(tmp_path: Path) -> None:
    card = Card(tmp_path, ["sh"])  # a busybox may take its own dd whatever the path
    card.do("set-state", "b", "bad")
    card.do("set-primary", "b")
    assert card.do("get-primary") == "b"
    before = card.sectors()
    assert [card.do("next", full=True) for _ in range(TRIES + 1)] == ["a"] * (TRIES + 1)
    assert card.sectors() == before


def test_s7_a_torn_write_leaves_the_state_before_it(card: Card) -> None:
    starts(card, 2)
    before, old = card.state(), card.sectors()
    card.do("next")
    new = card.sectors()
    written = next(n for n in (0, 1) if new[n] != old[n])
    for cut in (0, 3, 4, 14, 24):
        card.put(boot_area.STATE[written], new[written][:cut] + old[written][cut:])
        assert card.state() == before, f"after {cut} bytes"
    card.put(boot_area.STATE[written], new[written])
    assert card.state()["a_left"] == str(PATIENCE - 3)


def test_the_newer_copy_counts_and_only_the_other_is_written(card: Card) -> None:
    for _ in range(5):
        newer = max(card.sectors(), key=lambda one: int(boot_area.read(one).get("serial", "0"), 16))
        card.do("next")
        assert newer in card.sectors() or boot_area.read(newer) == {}
    serials = sorted(int(boot_area.read(one)["serial"], 16) for one in card.sectors())
    assert serials == [4, 5]


def test_the_serial_number_is_hexadecimal_as_a_boot_loader_counts(card: Card) -> None:
    card.put(boot_area.STATE[0], boot_area.sector({"serial": "9", "a_left": "2"}))
    card.put(boot_area.STATE[1], boot_area.sector({"serial": "a", "a_left": "5"}))
    assert card.state()["a_left"] == "5"
    card.do("next")
    assert [boot_area.read(one)["serial"] for one in card.sectors()] == ["b", "a"]


def test_two_copies_that_are_no_state_are_a_new_card(card: Card) -> None:
    starts(card, 4)
    for at in boot_area.STATE:
        card.put(at, b"\xff" * boot_area.SECTOR)
    assert card.state()["a_left"] == str(PATIENCE)
    assert starts(card, 1) == "a"


def test_what_a_state_says_is_never_run(card: Card, tmp_path: Path) -> None:
    lines = {"serial": "7", "order": "b a;touch x", "a_left": f"$(touch {tmp_path}/x)", "b_left": "`id`", "PATH": "/x"}
    card.put(boot_area.STATE[0], boot_area.sector(lines))
    assert card.state()["a_left"] == "0"
    assert not (tmp_path / "x").exists()
    assert starts(card, 1) in {"a", "b"}


def test_a_slot_is_believed_by_facts_that_are_written_and_read_whole(card: Card) -> None:
    facts = boot_area.facts("ab" * 32, "cd" * 32, 8192, "1.2")
    card.put(boot_area.FACTS["root-a"], boot_area.sector(facts))
    said = "".join(f"{key}={value}\n" for key, value in facts.items())
    assert card.do("facts", "a") + "\n" == said
    card.do("write-facts", "b", said=said)
    raw = card.path.read_bytes()
    at = boot_area.FACTS["root-b"]
    assert boot_area.read(raw[at : at + boot_area.SECTOR]) == facts
    card.put(at + 9, b"!")
    done = card.ask("facts", "b")
    assert done.returncode == 1
    assert "nothing whole says what slot b is believed by" in done.stderr


@pytest.mark.parametrize("name", flavour.names(IMAGES))
def test_what_a_slot_is_started_with_fits_into_its_sector(tmp_path: Path, name: str) -> None:
    words = " ".join(flavour.read(IMAGES, name).kernel.cmdline)
    (tmp_path / "kernel").write_bytes(b"123456789")
    assert loader.crc(tmp_path / "kernel") == "2639f4cb", "0xCBF43926 with its lowest byte first"
    facts = boot_area.facts("ab" * 32, "cd" * 32, 1 << 32, "1.2-34-g0123456789")
    more = {
        "store": "10",
        "release": "6.12.100+rpt-rpi-2712",
        "vmlinuz": "2639f4cb",
        "initrd": "2639f4cb",
        "cmdline": words,
    }
    assert boot_area.read(boot_area.sector(facts | more))["cmdline"] == words


@pytest.mark.parametrize("words", [["set-primary", "c"], ["failed"], ["set-state", "a", "fine"], ["nonsense"]])
def test_wrong_words_change_nothing(card: Card, words: list[str]) -> None:
    before = card.sectors()
    assert card.ask(*words).returncode == 1
    assert card.sectors() == before
