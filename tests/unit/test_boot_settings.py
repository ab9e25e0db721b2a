"""What is added to a Pi's boot settings, once, and taken out again without a trace."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from image.install import boot

LINES = "dtparam=strict_gpiod\ngpio=17=op,dl,pd\n"
WORDS = "panic=5 oops=panic sysctl.kernel.hung_task_panic=1"
CONFIG = "dtparam=audio=on\n[cm4]\notg_mode=1\n"

text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\r"))
word = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


def test_s2_lines_stand_below_all_whatever_section_the_file_ends_in() -> None:
    made = boot.with_lines(CONFIG, LINES)
    assert made.startswith(CONFIG)
    sections = [line for line in made.splitlines() if line.startswith("[")]
    assert sections == ["[cm4]", "[all]"]
    assert made.index("[all]") < made.index("dtparam=strict_gpiod") < made.index("gpio=17=op,dl,pd")


@settings(max_examples=40)
@given(config=text.map(lambda one: f"{one}\n"), lines=st.sampled_from([LINES, "dtparam=watchdog=on"]))
def test_added_twice_is_added_once_and_taken_out_is_as_before(config: str, lines: str) -> None:
    once = boot.with_lines(config, lines)
    assert boot.with_lines(once, lines) == once
    assert boot.without_lines(once) == config
    assert boot.with_lines(boot.with_lines(config, "old=1"), lines) == once, "an older installation's are replaced"


def test_a_last_line_without_an_end_is_not_run_into() -> None:
    assert "start_x=1\n" in boot.with_lines("start_x=1", LINES)


def test_words_are_added_to_the_one_line_that_the_firmware_reads() -> None:
    line = "console=tty1 root=PARTUUID=1 panic=10 oops=panic\n"
    missing = boot.missing_words(line, WORDS)
    assert missing == ("panic=5", "sysctl.kernel.hung_task_panic=1")
    made = boot.with_words(line, missing)
    assert made == "console=tty1 root=PARTUUID=1 panic=10 oops=panic panic=5 sysctl.kernel.hung_task_panic=1\n"
    assert boot.missing_words(made, WORDS) == ()
    assert boot.contradicting(line, WORDS) == ("panic=10",)


@given(there=st.lists(word, min_size=1), end=st.sampled_from(["", "\n"]))
def test_words_that_were_added_are_taken_out_and_no_others(there: list[str], end: str) -> None:
    line = " ".join(there) + end
    added = boot.missing_words(line, WORDS)
    assert boot.without_words(boot.with_words(line, added), added) == line


def test_a_word_that_another_begins_with_stays() -> None:
    assert boot.without_words("panic=50 panic=5 x\n", ("panic=5",)) == "panic=50 x\n"
