"""Several prompts as one: the console, the voice, the lamp."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING

from hw.base import HardwareError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hw.base import Prompt, Signal
    from hw.settings import PromptSettings

_log = logging.getLogger(__name__)


class Prompts:
    """Tells each of them; one that breaks its promise and raises does not keep it from the others."""

    def __init__(self, *prompts: Prompt) -> None:
        """Take the prompts; they are closed with this one."""
        self._prompts = prompts
        self._complained = False

    def tell(self, signal: Signal, code: str, words: str) -> None:
        """Show it by each."""
        for prompt in self._prompts:
            self._try(functools.partial(prompt.tell, signal, code, words))

    def close(self) -> None:
        """Close each, the last first; a second call does nothing."""
        for prompt in reversed(self._prompts):
            self._try(prompt.close)

    def _try(self, do: Callable[[], None]) -> None:
        try:
            do()
        except Exception:  # noqa: BLE001 - a broken prompt must stop neither the others nor recognition
            if not self._complained:  # a prompt is told of every frame
                self._complained = True
                _log.exception("a prompt failed; the others go on")


def with_voice(prompt: Prompt, settings: PromptSettings) -> Prompt:
    """Add a voice to a board's own prompt where the settings ask for one; otherwise it is `prompt` itself.

    Raises:
        HardwareError: The voice is not installed, or is not known; `prompt` was closed.
    """
    if not settings.spoken:
        return prompt
    from hw.spoken import SpokenPrompt  # noqa: PLC0415 - only who speaks needs a speaker

    try:
        return Prompts(prompt, SpokenPrompt(settings))
    except HardwareError:
        prompt.close()
        raise
