"""What people may be called: the rules for ids, names and groups. Pure."""

from __future__ import annotations

import unicodedata

from edge.errors import EnrolError
from edge.values import PersonId

ID_LENGTH = 64
NAME_LENGTH = 200
_PUNCTUATION = "._-@"
_JOINERS = "\u200c\u200d"  # Persian, Indic and emoji spelling needs them; they print nothing by themselves
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # letters and marks by category that nobody can see


def person_id(text: str) -> PersonId:
    """Return the id in Unicode's composed form (NFC), so that what looks equal is equal.

    Raises:
        EnrolError: It is not an id; the message says why.
    """
    return PersonId(_word(text, "id"))


def group(text: str) -> str:
    """Return the name of a group; the rules are those of an id.

    Raises:
        EnrolError: It is not a name of a group; the message says why.
    """
    return _word(text, "group")


def person_name(text: str) -> str:
    """Return a person's name in NFC, without surrounding blanks.

    Raises:
        EnrolError: It is empty, too long, or has characters that cannot be printed.
    """
    if len(text) > 4 * NAME_LENGTH:
        raise EnrolError(f"name {shown(text)}: {len(text)} characters; at most {NAME_LENGTH} are allowed")
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise EnrolError(f"name {shown(text)}: {len(name)} characters; 1 to {NAME_LENGTH} are needed")
    for character in name:
        if not (character.isprintable() or character in _JOINERS):
            raise EnrolError(f"name {shown(text)}: has {_called(character)}, which cannot be printed; leave it out")
    return name


def label(text: str) -> str:
    """Return the last 200 characters of a file's name, with what cannot be stored or printed as `?`."""
    return "".join(character if character.isprintable() else "?" for character in text[-NAME_LENGTH:])


def shown(text: str) -> str:
    """Return hostile text in a form that is short and safe to print: ASCII, quoted, at most 43 characters."""
    return ascii(text) if len(ascii(text[:41])) <= 42 and len(text) <= 40 else ascii(text)[:40] + "..."


def _word(text: str, kind: str) -> str:
    if len(text) > 4 * ID_LENGTH:
        raise EnrolError(f"{kind} {shown(text[:ID_LENGTH])}: {len(text)} characters; at most {ID_LENGTH} are allowed")
    word = unicodedata.normalize("NFC", text)
    if not 1 <= len(word) <= ID_LENGTH:
        raise EnrolError(f"{kind} {shown(text)}: {len(word)} characters; 1 to {ID_LENGTH} are needed")
    for character in word:
        if not _allowed(character):
            raise EnrolError(
                f"{kind} {shown(text)}: has {_called(character)}; only letters, digits and {' '.join(_PUNCTUATION)} "
                f"are allowed",
            )
    if not word[0].isalnum():
        raise EnrolError(f"{kind} {shown(text)}: must begin with a letter or a digit")
    return word


def _allowed(character: str) -> bool:
    if character in _INVISIBLE or "VARIATION SELECTOR" in unicodedata.name(character, ""):
        return False
    return character in _PUNCTUATION or unicodedata.category(character)[0] in "LM" or character.isdecimal()


def _called(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"{name} (U+{ord(character):04X})"
