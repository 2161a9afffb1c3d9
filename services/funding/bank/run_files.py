"""The files of a payment run as the bank reads them: what was decided, with the accounts they pay to."""

import json
from dataclasses import dataclass

from services.funding.bank.sealing import BankDetails, FieldCipher, account_row
from services.funding.bank.values import REMITTANCE_LENGTH_MAX, Debtor, PaymentFile, Transfer
from services.funding.domain.money.exports import PlannedFile
from services.funding.domain.states import Account, Order
from shared.kit.storage.states import States
from shared.programme import Programme


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The same plan and the same accounts give the same file, whenever it is made."""

    programme: Programme
    cipher: FieldCipher

    @property
    def debtor(self) -> Debtor:
        payment = self.programme.payment
        return Debtor(payment.debtor_name, payment.debtor_iban, payment.debtor_bic)

    def file(self, states: States, planned: PlannedFile) -> PaymentFile:
        """Each order is paid to the account it was made for. Raises LookupError where it is unknown."""
        keys = [(order.candidature_id, order.fingerprint) for order in planned.orders]
        accounts = states.many(Account, keys)
        transfers = []
        for order in planned.orders:
            account = accounts[order.candidature_id, order.fingerprint]
            transfers.append(self._transfer(order, account))
        return PaymentFile(
            planned.message_id,
            planned.created_at,
            planned.execution_on,
            tuple(transfers),
        )

    def _transfer(self, order: Order, account: Account) -> Transfer:
        place = account_row(order.candidature_id, order.fingerprint)
        details = BankDetails(
            **json.loads(self.cipher.decrypt(account.secret, "accounts", place, "secret"))
        )
        return Transfer(
            end_to_end_id=order.order_id,
            amount_cents=order.amount_cents,
            creditor_name=details.account_holder,
            iban=details.iban,
            bic=details.bic,
            remittance=f"{self.programme.name} {order.order_id}"[:REMITTANCE_LENGTH_MAX],
        )
