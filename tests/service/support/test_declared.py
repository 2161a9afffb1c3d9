"""What a laureate declares: facts keep its offers, so that no word of a person's own is among them."""

import pytest

from services.notify.domain.pairs import Member, member_of
from services.notify.handlers import peers
from shared.contract.frontdesk import CommunityDeclared
from shared.contract.notify import CommunityNoted
from shared.kit.storage.states import States
from tests.rules.notify.notify_samples import PROGRAMME
from tests.service.support.laureates import LAUREATE, NOW, decide, keep_laureate

SAID = CommunityDeclared(candidature_id=LAUREATE, offers=("legal", "camille-est-malade", "tides"))


@pytest.mark.parametrize("looked_at", [True, False], ids=["as it is", "whatever is said"])
def test_an_offer_that_nobody_names_is_in_no_fact(
    states: States, monkeypatch: pytest.MonkeyPatch, looked_at: bool
) -> None:
    if not looked_at:
        monkeypatch.setattr(peers, "member_of", lambda event, *_: Member(LAUREATE, event.offers))
    keep_laureate(states, LAUREATE)
    [fact] = [one for one in decide(states, SAID).facts if isinstance(one, CommunityNoted)]
    assert fact.offers == (("legal",) if looked_at else SAID.offers)


def test_a_programme_names_offers_of_its_own() -> None:
    support = PROGRAMME.support.model_copy(update={"owners": {"tides": "team"}})
    assert member_of(SAID, support, NOW).offers == ("legal", "tides")
