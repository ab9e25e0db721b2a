"""A prompt that speaks: the words of each change, by espeak-ng, one sentence at a time and the newest only."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from hw.base import HardwareError
from hw.relock import CLOSE_S, Complaints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hw.base import Signal
    from hw.settings import PromptSettings

PROGRAM = "espeak-ng"
REPEAT_S = 4.0
"""The same words are not begun again sooner: a request that flickers would stammer."""
MAX_S = 10.0
MAX_CHARACTERS = 200
_CHECK_S = 5.0
_COMPLAINT = 400
_MUTE = "the words for the person at the door could not be spoken"


class SpokenPrompt:
    """Speaks on a thread of its own; newer words cut off older ones, and IDLE lets a sentence end."""

    def __init__(self, settings: PromptSettings, options: Sequence[str] = ()) -> None:
        """Look that the voice is there, and start the speaker.

        Args:
            settings: Which voice, and how fast.
            options: More of espeak-ng's own options.

        Raises:
            HardwareError: espeak-ng is not installed, or has no such voice.
        """
        self._phrases = settings.phrases
        self._command = (*_command(settings), *options)
        self._mutex = threading.Lock()
        self._shown: tuple[Signal, str, str] | None = None
        self._begun: tuple[str, float] = ("", 0.0)
        self._next = ""
        self._closed = False
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._complaints = Complaints()
        self._thread = threading.Thread(target=self._run, name="spoken", daemon=True)
        self._thread.start()

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Hand the words to the speaker, unless they are shown already or were begun a moment ago."""
        sentence = " ".join(self._phrases.get(code, words).split())[:MAX_CHARACTERS]
        with self._mutex:
            if self._closed or self._shown == (signal, code, words):
                return
            self._shown = (signal, code, words)
            now = time.monotonic()
            before, at = self._begun
            if sentence and (sentence != before or now >= at + REPEAT_S):
                self._next, self._begun = sentence, (sentence, now)
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Fall silent; a second call does nothing."""
        with self._mutex:
            if not self._closed:
                self._closed = True
                os.eventfd_write(self._wake, 1)
        if threading.current_thread() is not self._thread:
            self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            self._wait(None)
            with self._mutex:
                if self._closed:
                    break
                sentence, self._next = self._next, ""
                with suppress(BlockingIOError):
                    os.eventfd_read(self._wake)
            try:
                if sentence:
                    self._speak(sentence)
            except Exception as error:  # noqa: BLE001 - what cannot be spoken is dropped; the next sentence may be
                self._complaints.failed(_MUTE, error)
        os.close(self._wake)
        self._complaints.close()

    def _speak(self, sentence: str) -> None:
        """Speak until the end, until something newer is to be spoken, or for `MAX_S`."""
        words, complaint = os.memfd_create("words"), os.memfd_create("complaint")  # as files they fill no pipe
        try:
            os.pwrite(words, sentence.encode(errors="replace"), 0)
            process = subprocess.Popen(self._command, stdin=words, stdout=subprocess.DEVNULL, stderr=complaint)  # noqa: S603 - the words are its input, and cannot be options
            try:
                self._wait(process)
            finally:
                cut_off = process.poll() is None
                process.kill()
                process.wait(CLOSE_S)
            last = os.pread(complaint, _COMPLAINT, max(0, os.fstat(complaint).st_size - _COMPLAINT))
        finally:
            os.close(words)
            os.close(complaint)
        if not cut_off:
            self._judge(process.returncode, last.decode(errors="replace").strip().rpartition("\n")[2])

    def _judge(self, status: int, last: str) -> None:
        """Complain of what espeak-ng complained of; without a sound card it ends with status 0 all the same."""
        if status != 0 or last.lower().startswith("error"):
            advice = "look for the sound card with `aplay -l`, and let this user use it (group audio)"
            self._complaints.failed(_MUTE, HardwareError(f"{PROGRAM} ended with {status} ({last}): {advice}"))
        else:
            self._complaints.worked(_MUTE)

    def _wait(self, process: subprocess.Popen[bytes] | None) -> None:
        """Wait for something to speak, or for the end of what speaks."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if process is None:
            poll.poll()
            return
        ended = os.pidfd_open(process.pid)
        try:
            poll.register(ended, select.POLLIN)
            poll.poll(MAX_S * 1000)
        finally:
            os.close(ended)


def _command(settings: PromptSettings) -> tuple[str, ...]:
    program = shutil.which(PROGRAM)
    if program is None:
        raise HardwareError(f"{PROGRAM} is not installed: apt install {PROGRAM}, or set prompt.spoken = false")
    voice = "+".join(filter(None, (settings.language, settings.variant)))
    command = (program, "-v", voice, "-s", str(settings.words_per_minute), "--stdin")
    try:
        done = subprocess.run((*command, "-q"), input=b"", capture_output=True, check=False, timeout=_CHECK_S)  # noqa: S603 - the program found on PATH, with checked settings
    except (OSError, subprocess.SubprocessError) as error:
        raise HardwareError(
            f"{program} does not run ({error}): install it again, or set prompt.spoken = false"
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise HardwareError(
            f"prompt.language {settings.language!r}: {PROGRAM} has no such voice ({said}); see `{PROGRAM} --voices`"
        )
    return command
