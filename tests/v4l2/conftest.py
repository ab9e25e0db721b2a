"""These tests need a loopback device, as in the guest of scripts/check-gpio; elsewhere they are not even collected."""

from __future__ import annotations

from tests.v4l2 import loopback

collect_ignore_glob = [] if loopback.HERE else ["test_*.py"]
