"""The code that opens a file's secrets: digits, because the door's keypad has no others; the last one is a check. Pure.

Fifteen random digits and a check digit (ISO/IEC 7064, MOD 11,10), which finds every wrong digit and nearly every
pair that was swapped, before a second of work is spent on them.
"""

from __future__ import annotations

import secrets

from edge.errors import ProvisionError

DIGITS = 16
PREFIX = "CLAIM:"
"""What stands before it in a QR code, so that no other code is taken for one."""


def new_code() -> str:
    """Return a new code of 16 digits, from the machine's own source of chance."""
    digits = "".join(secrets.choice("0123456789") for _ in range(DIGITS - 1))
    return digits + _check(digits)


def checked(text: str) -> str:
    """Return a code as digits alone, from what was typed or scanned.

    Args:
        text: The digits, with spaces and hyphens as people like them, and with `PREFIX` as a QR code has it.

    Raises:
        ProvisionError: It has not 16 digits, or one of them is wrong.
    """
    digits = text.strip().removeprefix(PREFIX).replace(" ", "").replace("-", "")
    if len(digits) != DIGITS or not digits.isascii() or not digits.isdigit():
        raise ProvisionError(f"a claim code has {DIGITS} digits; look at the claim sheet again")
    if _check(digits[:-1]) != digits[-1]:
        raise ProvisionError("a digit of the claim code is wrong, or two are swapped; type it again")
    return digits


def grouped(code: str) -> str:
    """Return a code as people read it: "4821 0937 5518 2064"."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _check(digits: str) -> str:
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
