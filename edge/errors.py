"""Every error a person can meet, one tree: what was wrong, where, and what to do about it."""


class EdgeError(Exception):
    """Something is wrong that a person can mend; the message is one sentence for them."""

    exit_code = 1


class ConfigError(EdgeError):
    """The configuration is wrong; nothing was changed.

    Attributes:
        faults: Each fault by itself.
    """

    exit_code = 2

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults or (message,)


class UnsafeError(EdgeError):
    """What was asked for would let the door open without a live person (S11)."""

    exit_code = 3


class SignatureError(UnsafeError):
    """What head office should have signed is missing, changed or outdated, or a key is none: nothing rests on it."""


class ModelError(EdgeError):
    """A model bundle is missing, damaged, not trusted, or does not do what its manifest says (S8)."""

    exit_code = 4


class SpaceError(ModelError):
    """Templates of two embedding spaces met (S5)."""


class StoreError(EdgeError):
    """The people store cannot be read or written."""

    exit_code = 5


class DamagedError(StoreError):
    """The people store's content cannot be believed; a backup has to take its place."""


class KeyLostError(StoreError):
    """There is no key for what is sealed."""


class ForeignKeyError(KeyLostError):
    """What should keep our keys answers that its places are another's."""


class SealError(StoreError):
    """What is sealed does not open: another key's, about something else, or changed."""


class PictureError(EdgeError):
    """A picture cannot be read as one."""

    exit_code = 6


class EnrolError(EdgeError):
    """A person cannot be enrolled; the reason is named."""

    exit_code = 7


class LinkError(EdgeError):
    """Two of the terminal's processes cannot talk."""

    exit_code = 8


class JournalError(EdgeError):
    """The journal cannot be written, or does not verify."""

    exit_code = 9


class EvidenceError(EdgeError):
    """The measured evidence does not support the false-match rate that was asked for (S9)."""

    exit_code = 10


class PackageError(EdgeError):
    """A registry package cannot be fetched, or is not the one that is pinned."""

    exit_code = 12


class FetchError(EdgeError):
    """What is offered over the air could not be downloaded; what runs goes on running."""

    exit_code = 12


class OtaError(EdgeError):
    """An update, or a release, was refused; what runs goes on running."""

    exit_code = 13


class ProvisionError(EdgeError):
    """A provisioning file, or a step of provisioning, was refused; what was in force stays in force.

    Attributes:
        faults: Each fault by itself.
    """

    exit_code = 14

    def __init__(self, message: str, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults or (message,)


class IncompleteError(EdgeError):
    """An acceptance test has items that were skipped or are still to come: nothing failed, and not all was proven."""

    exit_code = 15
