"""What two people do about a payment in doubt with the command, on the real service and the real bus."""

from collections.abc import Iterator

import pytest

from services.funding.app import NAME
from shared.kit.storage.database import open_engine
from tests.command import Command
from tests.platform import Platform
from tests.service.money.bank_words import reason, word_on_file
from tests.service.money.test_payments import FIRST_DUE
from tests.service.money.treasury import Treasury

AUTHORISER = ("--as", "ordonnateur-1", "--role", "authorising-officer")
ACCOUNTANT = ("--as", "comptable-1", "--role", "accountant")
DEAD = ("--fate", "dead", "--reference", "C-412", "--reason", "Courrier du 3 juin")


@pytest.fixture
def treasury(platform: Platform) -> Iterator[Treasury]:
    """One payment at the bank, which refused its file as a duplicate."""
    made = Treasury.on(open_engine(platform.settings.database_url(NAME)), platform.home)
    [grant] = made.award_ready(1)
    made.move_to(FIRST_DUE)
    made.due(grant, 1)
    [path] = made.pay("run-1")
    made.hear_bank(word_on_file(path.stem, "RJCT", reason("AM05")))
    made.lies_in_no_log()
    yield made
    made.must_hold()
    made.engine.dispose()


async def test_a_payment_in_doubt_is_listed_and_ends_with_the_second_word(
    platform: Platform, treasury: Treasury, fabriques: Command
) -> None:
    [order] = treasury.orders()
    declare = ("payments", "declare", order.order_id, *DEAD)
    async with platform.running("funding"):
        [listed] = (await fabriques.data("payments", "list"))["in_doubt"]
        assert (listed["order_id"], listed["reason_code"]) == (order.order_id, "AM05")
        assert listed["declared"] is None
        code, said = await fabriques(*declare, *ACCOUNTANT)
        assert code == 0 and "noted" in said
        [listed] = (await fabriques.data("payments", "list"))["in_doubt"]
        letter = {"fate": "dead", "reference": "C-412"}
        assert listed["declared"] == letter | {"by": ["comptable-1"], "roles": ["accountant"]}
        code, said = await fabriques(*declare, *ACCOUNTANT)
        assert code == 1 and "deux personnes" in said
        code, said = await fabriques(*declare, *AUTHORISER)
        assert code == 0 and "declared-dead" in said
        assert (await fabriques.data("payments", "list"))["in_doubt"] == []


async def test_a_fate_or_an_order_that_does_not_exist_is_one_clear_line(
    platform: Platform, treasury: Treasury, fabriques: Command
) -> None:
    async with platform.running("funding"):
        code, said = await fabriques(
            "payments", "declare", "X", "--fate", "lost", *DEAD[2:], *ACCOUNTANT
        )
        assert (code, said) == (1, "fabriques: lost is none of paid, dead\n")
        code, said = await fabriques("payments", "declare", "FABT-9", *DEAD, *ACCOUNTANT)
        assert code == 1 and "Aucun ordre de paiement" in said
