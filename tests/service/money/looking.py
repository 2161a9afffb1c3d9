"""What is read of a treasury, and what must hold of it."""

import json
from typing import Any

from services.funding import store
from services.funding.bank.sealing import FieldCipher, SealingKey, account_row, checked_details
from services.funding.domain.money.tranches import GrantFile
from services.funding.domain.states import Account, Grant, Order, Recovery, Run, Tranche
from services.funding.tools.payment_proof import Findings, verify_store
from shared.contract.event import Event

SEALING, CIPHER = SealingKey(bytes(range(32))), FieldCipher({1: bytes(range(32))})


class LookedAt:
    """`read` asks the committed states, `engine` is their database, `said` is what was said."""

    engine: Any
    programme: Any
    said: Any
    read: Any

    def grant(self, key: str) -> Grant:
        return self.read(lambda states: states.one(Grant, key))

    def file(self, key: str) -> GrantFile:
        return self.read(
            lambda states: store.file_of(states, self.programme, states.one(Grant, key))
        )

    def tranche(self, key: str, number: int) -> Tranche:
        return self.read(lambda states: states.one(Tranche, f"{key}-T{number}"))

    def gates(self, key: str, number: int) -> list[str]:
        return [gate["code"] for gate in self.tranche(key, number).gates]

    def orders(self, key: str | None = None) -> list[Order]:
        return [
            o
            for o in self.read(lambda states: states.where(Order))
            if key in (None, o.candidature_id)
        ]

    def run(self, run_id: str) -> Run:
        return self.read(lambda states: states.one(Run, run_id))

    def anomalies(self) -> list[str]:
        return [anomaly.kind for anomaly in self.read(store.anomalies)]

    def recoveries(self, key: str) -> list[Recovery]:
        return self.read(lambda states: states.of(Recovery, key))

    def fingerprint(self, key: str) -> str:
        account = self.read(lambda states: store.account_of(states, key))
        return account.fingerprint if account else "0" * 16

    def iban_of(self, account: Account) -> str:
        place = account_row(account.candidature_id, account.fingerprint)
        return checked_details(
            json.loads(CIPHER.decrypt(account.secret, "accounts", place, "secret"))
        ).iban

    def committed_cents(self) -> int:
        return self.read(lambda states: store.fund_of(states, self.programme).committed_cents)

    def facts(self, event_class: type[Event]) -> list[dict[str, Any]]:
        return [data for subject, data in self.said if f".{event_class.event_type()}." in subject]

    def proof(self) -> Findings:
        return verify_store(self.programme, self.engine)

    def must_hold(self) -> None:
        assert self.proof().violations == ()

    def lies_in_no_log(self) -> None:
        """What the seeding heard and said is on no bus: a service would miss its stores."""
        with self.engine.begin() as connection:
            for table in ("outbox", "inbox"):
                connection.exec_driver_sql(f"UPDATE {table} SET sequence = 0")
