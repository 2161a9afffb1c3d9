"""What each answer other than an award rests on: read from the published list, nothing is decided again."""

from collections.abc import Mapping, Sequence

from services.funding.domain.selection.cutoffs import Cutoff, cutoffs
from services.funding.domain.selection.thresholds import scores_needed
from services.funding.domain.states import Ranking, WaveState
from services.funding.domain.waves.places import result_of, stored_inputs
from shared.contract.funding import Argument, ZoneCutoff

Arguments = Mapping[str, Argument]


def arguments(wave: WaveState, rankings: Sequence[Ranking]) -> Arguments:
    """By dossier, for all that wait or are declined. Raises ValueError for a wave without a list."""
    inputs = stored_inputs(wave, rankings)
    of_zones = cutoffs(inputs, result_of(wave, rankings))
    needed = scores_needed(inputs)
    return {
        place.candidature_id: _argument(place, len(rankings), of_zones, needed[place.candidature_id])
        for place in rankings
        if place.outcome != "laureate"
    }


def _argument(place: Ranking, ranked: int, of_zones: Sequence[Cutoff], needed: int | None) -> Argument:
    return Argument(
        ranked=ranked,
        score=place.score,
        marks=dict(place.criteria),
        cutoffs=tuple(_told(cutoff) for cutoff in of_zones if cutoff.zone in place.zones),
        score_needed=needed,
    )


def _told(cutoff: Cutoff) -> ZoneCutoff:
    return ZoneCutoff(
        zone=cutoff.zone,
        places=cutoff.places,
        laureates=cutoff.laureates,
        rank=cutoff.rank,
        score=cutoff.score,
    )
