"""What is added to a Raspberry Pi's boot settings, and taken out again. Pure: text in, text out."""

from __future__ import annotations

import re

_BEGIN = "# door-terminal: begin. scripts/install keeps these lines, --uninstall takes them out."
_END = "# door-terminal: end."
_BLOCK = re.compile(rf"\n?{re.escape(_BEGIN)}\n.*?{re.escape(_END)}\n", re.DOTALL)


def with_lines(config: str, lines: str) -> str:
    """Return config.txt with lines for every board at its end; what an earlier installation added is replaced.

    Args:
        config: The whole file.
        lines: What is added, below [all].
    """
    before = without_lines(config)
    ended = before if before.endswith("\n") or not before else f"{before}\n"
    return f"{ended}\n{_BEGIN}\n[all]\n{lines.rstrip()}\n{_END}\n"


def without_lines(config: str) -> str:
    """Return config.txt without what an installation added."""
    return _BLOCK.sub("", config)


def missing_words(cmdline: str, words: str) -> tuple[str, ...]:
    """Return the kernel's words that cmdline.txt has not."""
    there = cmdline.split()
    return tuple(word for word in words.split() if word not in there)


def contradicting(cmdline: str, words: str) -> tuple[str, ...]:
    """Return the words of cmdline.txt that say otherwise; the kernel goes by the last one, which is ours."""
    wanted = {word.partition("=")[0]: word for word in words.split()}
    return tuple(word for word in cmdline.split() if wanted.get(word.partition("=")[0], word) != word)


def with_words(cmdline: str, words: tuple[str, ...]) -> str:
    """Return cmdline.txt, which is one line, with more words at its end."""
    line, newline = cmdline.rstrip("\n"), "\n" if cmdline.endswith("\n") else ""
    return f"{' '.join([line.rstrip(), *words])}{newline}" if words else cmdline


def without_words(cmdline: str, words: tuple[str, ...]) -> str:
    """Return cmdline.txt without words that an installation added; all others stay as they stand."""
    for word in words:
        cmdline = re.sub(rf"(?:^|[ \t]){re.escape(word)}(?=\s|$)", "", cmdline, count=1)
    return cmdline
