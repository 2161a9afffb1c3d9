"""What each answer other than an award rests on: read from the published list, nothing is decided again."""

from collections.abc import Iterator, Mapping, Sequence

from services.funding.domain.selection.cutoffs import Cutoff, cutoffs
from services.funding.domain.selection.thresholds import scores_needed
from services.funding.domain.selection.values import NEW_DEPARTMENT
from services.funding.domain.states import Ranking, Remarks, WaveState
from services.funding.domain.waves.places import result_of, stored_inputs
from shared.contract.funding import Argument, ZoneCutoff

Arguments = Mapping[str, Argument]
NO_REMARKS: Mapping[str, Remarks] = {}


def arguments(
    wave: WaveState, rankings: Sequence[Ranking], remarks: Mapping[str, Remarks] = NO_REMARKS
) -> Arguments:
    """By dossier, for all that wait or are declined. Raises ValueError for a wave without a list."""
    inputs = stored_inputs(wave, rankings)
    of_zones = cutoffs(inputs, result_of(wave, rankings))
    needed = scores_needed(inputs)
    called = [place.rank for place in rankings if place.standing == "promoted"]
    found: dict[str, Argument] = {}
    for place in rankings:
        if place.outcome != "laureate":
            found[place.candidature_id] = Argument(
                ranked=len(rankings),
                score=place.score,
                marks={
                    name: mark for name, mark in place.criteria.items() if name != NEW_DEPARTMENT
                },
                cutoffs=tuple(_told(of_zones, place.zones)),
                score_needed=needed[place.candidature_id],
                called_to_rank=max(called, default=None),
                **_remarked(remarks.get(place.candidature_id)),
            )
    return found


def _remarked(remarks: Remarks | None) -> dict[str, tuple[str, ...]]:
    """Nothing where no officer has read the comments."""
    if remarks is None:
        return {}
    return {"strengths": remarks.strengths, "weaknesses": remarks.weaknesses}


def _told(cutoffs: Sequence[Cutoff], zones: Sequence[str]) -> Iterator[ZoneCutoff]:
    """Of a dossier's own zones. One without a quota has no cut of its own."""
    for cutoff in cutoffs:
        if cutoff.zone in zones and cutoff.places is not None:
            yield ZoneCutoff(
                zone=cutoff.zone,
                places=cutoff.places,
                laureates=cutoff.laureates,
                rank=cutoff.rank,
                score=cutoff.score,
            )
