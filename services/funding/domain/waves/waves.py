"""A wave in funding: it closes, it may open again, its entries are counted, its turn to be ranked comes."""

from collections.abc import Mapping
from dataclasses import replace

from services.funding.domain.states import Entry, WaveState
from shared.contract.decision import Decision, nothing
from shared.contract.intake import WaveClosed
from shared.programme import Programme


def close(wave: WaveState, event: WaveClosed) -> Decision:
    """No candidature comes any more, and intake says how many there are."""
    if wave.registered is not None:
        return nothing("duplicate")
    return Decision(
        "closed",
        changes=(replace(wave, state="closed", registered=event.registered),),
    )


def reopen(wave: WaveState) -> Decision:
    """As it was before it closed: its proposal and approvals are void. What is published is not reopened."""
    if wave.state == "published":
        return nothing("already-published")
    # The number of its proposals goes on: what was ranked before belongs to none of those to come.
    opened = replace(
        wave,
        state="open",
        registered=None,
        inputs_digest="",
        policy_digest="",
        digest="",
        policy=None,
        quotas_left=None,
        envelope_left_cents=0,
        approvals=(),
    )
    return Decision("reopened", changes=(opened,))


def counted(wave: WaveState, before: Entry, after: Entry) -> WaveState:
    """The wave's counts after one entry changed. A proposal ends with the completeness it was made on."""
    entries = wave.entries + int(after.registered) - int(before.registered)
    ready = wave.ready + int(after.ready) - int(before.ready)
    wave = replace(wave, entries=entries, ready=ready)
    if wave.state == "ranked" and not wave.complete:
        return replace(wave, state="closed", approvals=())
    return wave


def wave_before(programme: Programme, name: str) -> str | None:
    ids = [wave.id for wave in programme.waves]
    place = ids.index(name)
    return ids[place - 1] if place > 0 else None


def wave_after(programme: Programme, name: str) -> str | None:
    ids = [wave.id for wave in programme.waves]
    later = ids[ids.index(name) + 1 :]
    return later[0] if later else None


def may_rank(programme: Programme, name: str, waves: Mapping[str, WaveState]) -> bool:
    """A wave is ranked on what earlier waves left: they must be published. `waves` has all, by id."""
    wave = waves[name]
    ids = [one.id for one in programme.waves]
    earlier = [waves[one] for one in ids[: ids.index(name)]]
    if any(one.state != "published" for one in earlier):
        return False
    # Ranked is not too late: until its list is published, what changes has it ranked again.
    return wave.complete and wave.state in ("closed", "ranked")


def being_decided(waves: Mapping[str, WaveState]) -> WaveState | None:
    """The wave that is ranked and not published yet: it was ranked on what is left, and must be again."""
    return next((wave for wave in waves.values() if wave.state == "ranked"), None)


def with_living_reserve(waves: Mapping[str, WaveState]) -> WaveState | None:
    """The latest published wave, until the next one is ranked. `waves` are in the programme's order."""
    # While the next wave is decided, what is freed is shared out there.
    if being_decided(waves):
        return None
    published = [wave for wave in waves.values() if wave.state == "published"]
    return published[-1] if published else None
