"""`edge ota repo`: the signed repository that terminals fetch from; each command is loaded when it is asked for."""

from __future__ import annotations

import click

from edge.cli.lazy import LazyGroup

_COMMANDS = {
    "bundle": ("edge.cli.ota.repo_sets:bundle", "Add bundles, for sets to name."),
    "delegate": ("edge.cli.ota.repo_keys:delegate", "Let keys sign for the sets of one more channel, board and group."),
    "halt": ("edge.cli.ota.repo_sets:halt", "Let no further terminal begin with a set."),
    "init": ("edge.cli.ota.repo_keys:init", "Make a new repository."),
    "key": ("edge.cli.ota.repo_keys:key", "Make a key, or describe one that is in hardware."),
    "release": ("edge.cli.ota.repo_sets:release", "Release a set of four bundles, or an earlier set again."),
    "renew": ("edge.cli.ota.repo_state:renew", "Publish what is signed, and renew what the online key signs."),
    "roll-out": ("edge.cli.ota.repo_sets:roll_out", "Have a set go to more terminals."),
    "rotate": ("edge.cli.ota.repo_keys:rotate", "Change who may sign for a role."),
    "sign": ("edge.cli.ota.repo_keys:sign", "Add a signature to what waits for it, on any machine."),
    "status": ("edge.cli.ota.repo_state:status", "Say what is published, who may sign, what expires, what waits."),
    "withdraw": ("edge.cli.ota.repo_sets:withdraw", "Have every terminal that runs a set go back."),
}


@click.group("repo", cls=LazyGroup, table=_COMMANDS)
def group() -> None:
    """Make and keep the signed repository that terminals fetch from.

    REPOSITORY is a folder. Its metadata/ and targets/ are static files that any web server, object store or CDN can
    serve; copy targets/ first, then metadata/, and metadata/timestamp.json last. Let nothing cache timestamp.json for
    longer than a minute; all else there may be cached for ever.

    \b
    Begin:
      edge ota repo key anna.pem                           each holder, on a machine of their own
      edge ota repo init R --root anna.pub --root bert.pub --root-threshold 2
           --targets carl.pub --online server.pub --key anna.pem …
      R/metadata/1.root.json is what every terminal is provisioned with.
    Every day, by a timer:
      edge ota repo renew R --key server.pem
    A new set, first to 1 % of the terminals, then to all:
      edge ota repo release R 2026-12a FOLDER FOLDER FOLDER FOLDER --percent 1 --key carl.pem --key server.pem
      edge ota repo roll-out R --percent 100 --key carl.pem --key server.pem
    When something is wrong with it:
      edge ota repo halt R …          nobody else begins
      edge ota repo withdraw R …      who runs it goes back
      edge ota repo release R 2026-11b --percent 100 …     the earlier set again, for everybody

    A change that lacks signatures waits in R/waiting/. Carry the file to whoever holds a key, `edge ota repo sign` it
    there, bring it back, and `edge ota repo renew` publishes it: all that waits, or nothing.

    Passphrases are asked for, or read from --password-file, or from the environment's EDGE_OTA_PASSWORD. A release
    that is refused ends with exit code 13, and a wrong passphrase with 3; one that waits for signatures ends with 0.
    """  # noqa: D301 - click reads the backspace
