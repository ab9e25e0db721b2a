"""The species of presentation attack instruments that are made, in the words of ISO/IEC 30107-3."""

from __future__ import annotations

from enum import StrEnum


class Species(StrEnum):
    """What is held before the camera; the last two are no attacks but bona-fide controls."""

    PRINT_SHEET = "print-sheet"
    PRINT_BENT = "print-bent"
    PRINT_FILLING = "print-filling"
    PRINT_STILL = "print-still"
    PRINT_CUTOUT = "print-cutout"
    PHONE_REPLAY = "phone-replay"
    PHONE_FILLING = "phone-filling"
    PHONE_STILL = "phone-still"
    TABLET_REPLAY = "tablet-replay"
    MONITOR_STILL = "monitor-still"
    REPLAY_LOOP = "replay-loop"
    REPLAY_FROZEN = "replay-frozen"
    LIVE_ZOOM = "live-zoom"
    LIVE_SHIFT = "live-shift"


SENTENCES = {
    Species.PRINT_SHEET: "a sheet with one still of the person, its edges seen, in a trembling hand",
    Species.PRINT_BENT: "the same sheet bent as a cylinder, the bend slowly changing",
    Species.PRINT_FILLING: "a print whose edges are out of sight, in a trembling hand",
    Species.PRINT_STILL: "a sheet on a stand that does not move",
    Species.PRINT_CUTOUT: "head and shoulders cut out of a print, in a trembling hand",
    Species.PHONE_REPLAY: "the clip on a phone in a trembling hand, its bezel seen",
    Species.PHONE_FILLING: "the clip on a screen whose bezel is out of sight, in a trembling hand",
    Species.PHONE_STILL: "the clip on a phone on a stand that does not move",
    Species.TABLET_REPLAY: "the clip on a tablet in trembling hands, its bezel seen in part",
    Species.MONITOR_STILL: "the clip on a large screen that does not move",
    Species.REPLAY_LOOP: "a short stretch of the clip fed in digitally, over and over",
    Species.REPLAY_FROZEN: "one frame of the clip fed in digitally, over and over",
    Species.LIVE_ZOOM: "control: the live clip at the same distances through the same modelled camera",
    Species.LIVE_SHIFT: "control: the live clip as it is",
}
"""What each is, for people."""

CONTROLS = frozenset({Species.LIVE_ZOOM, Species.LIVE_SHIFT})
"""No attacks: the person was there."""

PRINTS = frozenset(one for one in Species if one.startswith("print-"))
"""Show one still."""

INJECTED = frozenset({Species.REPLAY_LOOP, Species.REPLAY_FROZEN})
"""Fed in after the lens: nothing is photographed anew when a frame comes again."""

SCREENS = frozenset(Species) - PRINTS - INJECTED - CONTROLS
"""Show the moving clip on a screen."""

STILL = frozenset({Species.PRINT_STILL, Species.PHONE_STILL, Species.MONITOR_STILL})
"""Stand on something that does not move."""

FILLING = frozenset({Species.PRINT_FILLING, Species.PHONE_FILLING})
"""Their edges are out of sight."""
