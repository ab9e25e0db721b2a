"""What `edge eval pad` reports, in the words of ISO/IEC 30107-3: APCER of each species, BPCER, and what never answered.

ACER, the mean of the two, is not used: it hides the worst species behind the others.
"""

from __future__ import annotations

from msgspec import Struct

from edge.app.presentation import End
from edge.eval.cues import CueReport
from edge.eval.outcomes import Spread
from edge.eval.rates import Rate
from edge.eval.resample import Share
from edge.eval.subject import BundleName, ModelSet
from edge.values import Cue, Sign


class PresentationReport(Struct, frozen=True):
    """What became of one presentation.

    Attributes:
        file: The clip's or picture's name.
        part: Which part of its clip, from 1.
        species: The PAI species; null for a live person.
        person: Whose face it shows; null where that is not known.
        frames: How many frames were looked at.
        faces: How many of them showed a face.
        end: What became of it.
        seconds: From the first frame with a face to the decision; null where nothing was decided.
        cue: Which cue was against it; null for none.
        sign: What that cue saw.
        why: Why nothing could be judged; empty when something was.
        whole: Whether its clip went on to the end that it announces; a broken one breaks off before.
        lowest: The lowest score of each cue that said anything, 0 to 1.
    """

    file: str
    part: int
    species: str | None
    person: str | None
    frames: int
    faces: int
    end: End
    seconds: float | None
    cue: Cue | None
    sign: Sign | None
    why: str
    whole: bool
    lowest: dict[Cue, float]


class SpeciesReport(Struct, frozen=True):
    """One PAI species before the whole panel.

    Attributes:
        species: Its folder's name.
        people: How many different people's faces are known to be shown; 0 where it is not known.
        apcer: Attack presentations that passed, of all (APCER); its interval takes presentations as independent.
        apcer_below: Below this APCER is, with 95 % confidence (one-sided).
        responded: Those that passed, of those of which anything was decided; null where nothing was.
        no_response: Those of which nothing was decided (APNRR).
        challenged: Those that were asked for a challenge, which a recording cannot answer.
        refused: Those that were refused.
        by_people: APCER again, its interval from drawing people; null where they are not known.
        reasons: How often each cue and sign, or each cause of no response, decided.
        seconds: To the passing, of those that passed; null when none did.
    """

    species: str
    people: int
    apcer: Rate
    apcer_below: float
    responded: Rate | None
    no_response: Rate
    challenged: Rate
    refused: Rate
    by_people: Share | None
    reasons: dict[str, int]
    seconds: Spread | None


class LiveReport(Struct, frozen=True):
    """Live people before the whole panel.

    Those who are asked for a challenge may pass it or not: BPCER lies between `refused` and `stopped`.

    Attributes:
        people: How many different people are known to be shown; 0 where it is not known.
        passed: Live presentations that passed.
        refused: Those that were refused, of all (BPCER, if everybody passes the challenge).
        stopped: Those that were refused, or asked for a challenge, of all (BPCER, if nobody passes it).
        responded: The same of those of which anything was decided; null where nothing was.
        no_response: Those of which nothing was decided (BPNRR).
        not_at_once: All three together: those who were not let in without being asked for anything.
        by_people: Those stopped, the interval from drawing people; null where they are not known.
        reasons: How often each cue and sign, or each cause of no response, decided.
        seconds: From the first frame with a face to the passing; null when nobody passed.
    """

    people: int
    passed: Rate
    refused: Rate
    stopped: Rate
    responded: Rate | None
    no_response: Rate
    not_at_once: Rate
    by_people: Share | None
    reasons: dict[str, int]
    seconds: Spread | None


class PanelReport(Struct, frozen=True):
    """The panel with one cue silenced (ablation).

    Attributes:
        without: Which cue never objects.
        apcer: Attack presentations that pass then, by species.
        worst: The species with the highest rate.
        refused: Live presentations that are refused then.
        stopped: Live presentations that are refused, or asked for a challenge.
        no_response: Live presentations of which nothing is decided.
    """

    without: Cue
    apcer: dict[str, Rate]
    worst: str
    refused: Rate
    stopped: Rate
    no_response: Rate


class Cost(Struct, frozen=True):
    """What one cue costs.

    Attributes:
        cue: Which.
        mean: Milliseconds a frame on this machine, on average over all frames, those included that it skips.
        ms: How they lie.
    """

    cue: Cue
    mean: float
    ms: Spread


class PadReport(Struct, frozen=True):
    """`edge eval pad`.

    Attributes:
        data: What the live clips are called.
        models: What ran.
        liveness: The passive network.
        mode: What a face had to do: "passive", "motion" or "challenge".
        fps: How many frames a second were looked at at most.
        window_s: Clips were cut into presentations of so many seconds, which depend on each other: the true intervals
            are wider; null for one presentation each.
        still_s: For how long pictures stood still, seconds.
        stills: How many presentations are pictures: the same pixels in every frame, as from a frozen camera.
        worst: The species with the highest APCER; of equal ones that of which the least is known.
        attacks: What became of each species, the worst first.
        live: What became of live people.
        cues: What each cue is worth by itself.
        ablation: The panel without each cue.
        costs: What each cue costs; those that were not timed are left out.
        see_ms: How long seeing a frame took on this machine, the cues included; null without frames.
        presentations: Each of them.
    """

    data: str
    models: ModelSet
    liveness: BundleName
    mode: str
    fps: float
    window_s: float | None
    still_s: float
    stills: int
    worst: str
    attacks: tuple[SpeciesReport, ...]
    live: LiveReport
    cues: tuple[CueReport, ...]
    ablation: tuple[PanelReport, ...]
    costs: tuple[Cost, ...]
    see_ms: Spread | None
    presentations: tuple[PresentationReport, ...]
