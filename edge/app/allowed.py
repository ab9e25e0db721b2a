"""Which users of this machine may ask the terminal: by name, or by a group that they are in."""

from __future__ import annotations

import grp
import os
import pwd
from typing import TYPE_CHECKING

from edge.errors import ConfigError

if TYPE_CHECKING:
    from edge.config import ApiSettings


class AllowedUsers:
    """A container of user numbers; who is in a group is asked when somebody connects."""

    def __init__(self, settings: ApiSettings) -> None:
        """Look the names up.

        Raises:
            ConfigError: This machine does not know one of them.
        """
        try:
            named = {pwd.getpwnam(name).pw_uid for name in settings.users}
            self._groups = frozenset(grp.getgrnam(name).gr_gid for name in settings.groups)
        except KeyError as error:
            raise ConfigError(f"api: this machine does not know that user or group: {error.args[0]}") from error
        self._users = frozenset({0, os.geteuid(), *named})

    def __contains__(self, uid: object) -> bool:
        """Whether a user may ask."""
        if uid in self._users:
            return True
        try:
            user = pwd.getpwuid(int(str(uid)))
        except (KeyError, ValueError):
            return False
        return not self._groups.isdisjoint(os.getgrouplist(user.pw_name, user.pw_gid))
