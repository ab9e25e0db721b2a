"""The people store's tables, as migrations that only go forward; the statements are fixed texts."""

from __future__ import annotations

APPLICATION_ID = 0x45444750
"""The mark in the file's header that says whose database it is ("EDGP")."""

VERSION = 3

OPEN: tuple[str, ...] = (
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA synchronous = FULL",
    "PRAGMA journal_size_limit = 4194304",
)
"""What every connection needs, whoever made the file."""

CREATE: tuple[str, ...] = (
    # A template of 512 numbers takes 2.1 KB: seven of them fill a page of 16 KB, one would half fill one of 4 KB.
    "PRAGMA page_size = 16384",
    "PRAGMA journal_mode = WAL",
)

# The triggers, not the callers, count the generation: no writer, of whatever process, can forget it (S12).
_FIRST: tuple[str, ...] = (
    "CREATE TABLE meta (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), generation INTEGER NOT NULL) STRICT",
    "INSERT INTO meta VALUES (1, 0)",
    """CREATE TABLE person (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    handle TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    member_of TEXT NOT NULL,
    valid_from REAL,
    valid_until REAL,
    created REAL NOT NULL,
    checksum INTEGER NOT NULL) STRICT""",
    """CREATE TABLE space (
    key INTEGER PRIMARY KEY,
    embedder TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    dimensions INTEGER NOT NULL CHECK (dimensions BETWEEN 1 AND 8192),
    UNIQUE (embedder, sha256, preprocessing)) STRICT""",
    """CREATE TABLE template (
    key INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    space INTEGER NOT NULL REFERENCES space (key),
    vector BLOB NOT NULL,
    source TEXT NOT NULL,
    created REAL NOT NULL,
    checksum INTEGER NOT NULL) STRICT""",
    "CREATE INDEX template_person ON template (person, space)",
    "CREATE TRIGGER person_in AFTER INSERT ON person BEGIN UPDATE meta SET generation = generation + 1; END",
    "CREATE TRIGGER person_new AFTER UPDATE ON person BEGIN UPDATE meta SET generation = generation + 1; END",
    "CREATE TRIGGER person_out AFTER DELETE ON person BEGIN UPDATE meta SET generation = generation + 1; END",
    "CREATE TRIGGER template_in AFTER INSERT ON template BEGIN UPDATE meta SET generation = generation + 1; END",
    "CREATE TRIGGER template_new AFTER UPDATE ON template BEGIN UPDATE meta SET generation = generation + 1; END",
    "CREATE TRIGGER template_out AFTER DELETE ON template BEGIN UPDATE meta SET generation = generation + 1; END",
    "PRAGMA application_id = 0x45444750",
    "PRAGMA user_version = 1",
)

# Nothing of a person is left in plain. A stamp is the generation of a row's last change: who has read the rows up to a
# generation reads only the newer ones, and looks who is gone when `removal` is newer. `seen` counts as no change.
_SECOND: tuple[str, ...] = (
    "DROP TABLE template",
    "DROP TABLE person",
    "ALTER TABLE meta RENAME TO first_meta",
    """CREATE TABLE meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    generation INTEGER NOT NULL,
    removal INTEGER NOT NULL,
    wiped INTEGER NOT NULL) STRICT""",
    "INSERT INTO meta SELECT 1, generation + 1, generation + 1, 0 FROM first_meta",
    "DROP TABLE first_meta",
    """CREATE TABLE person (
    key INTEGER PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    profile BLOB NOT NULL,
    seen BLOB,
    stamp INTEGER NOT NULL DEFAULT 0) STRICT""",
    """CREATE TABLE template (
    key INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    space INTEGER NOT NULL REFERENCES space (key),
    kind TEXT NOT NULL,
    vector BLOB NOT NULL,
    stamp INTEGER NOT NULL DEFAULT 0) STRICT""",
    "CREATE TABLE spared (handle TEXT PRIMARY KEY, since REAL NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX person_stamp ON person (stamp)",
    "CREATE INDEX template_person ON template (person, space)",
    "CREATE INDEX template_space ON template (space, person)",
    "CREATE INDEX template_stamp ON template (stamp)",
    "CREATE INDEX template_adapted ON template (space) WHERE kind = 'adapted'",
    """CREATE TRIGGER person_in AFTER INSERT ON person BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE person SET stamp = (SELECT generation FROM meta) WHERE key = NEW.key; END""",
    """CREATE TRIGGER person_new AFTER UPDATE OF key, handle, profile ON person BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE person SET stamp = (SELECT generation FROM meta) WHERE key = NEW.key; END""",
    """CREATE TRIGGER person_out AFTER DELETE ON person BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE meta SET removal = generation; END""",
    """CREATE TRIGGER template_in AFTER INSERT ON template BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE template SET stamp = (SELECT generation FROM meta) WHERE key = NEW.key; END""",
    """CREATE TRIGGER template_new AFTER UPDATE OF key, person, space, kind, vector ON template BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE template SET stamp = (SELECT generation FROM meta) WHERE key = NEW.key; END""",
    """CREATE TRIGGER template_out AFTER DELETE ON template BEGIN
    UPDATE meta SET generation = generation + 1;
    UPDATE meta SET removal = generation; END""",
    "PRAGMA user_version = 2",
)

# What is in these tables is compared with nobody, so no change in them is a change of whom the door knows: they stamp
# nothing, and no search, which reads `template`, can meet one of their rows.
_THIRD: tuple[str, ...] = (
    """CREATE TABLE gathered (
    key INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    space INTEGER NOT NULL REFERENCES space (key),
    vector BLOB NOT NULL) STRICT""",
    """CREATE TABLE crop (
    key INTEGER PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (key) ON DELETE CASCADE,
    picture BLOB NOT NULL) STRICT""",
    "CREATE INDEX gathered_person ON gathered (person, space)",
    "CREATE INDEX crop_person ON crop (person)",
    "PRAGMA user_version = 3",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD)
"""Step i leads from version i to i + 1, in one transaction."""
