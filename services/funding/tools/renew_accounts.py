"""Every account in the database under the newest of the field keys, beside the service that writes on."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select, tuple_, update

from services.funding.app import NAME, field_cipher
from services.funding.bank.sealing import FieldCipher, account_row
from services.funding.tables import METADATA
from shared.kit.settings import Settings
from shared.kit.storage.database import open_engine, take_writer_turn

ACCOUNTS = METADATA.tables["accounts"]
AT_ONCE = 500


def renew_accounts(settings: Settings) -> int:
    """Returns how many were of an earlier key. Raises FieldUnreadable for one that none opens."""
    cipher = field_cipher(settings)
    engine = open_engine(settings.database_url(NAME))
    renewed = 0
    after = ("", "")
    try:
        while True:
            with engine.begin() as connection:
                take_writer_turn(connection, NAME)
                page = _page(connection, after)
                renewed += sum(_renew(connection, cipher, account) for account in page)
            if not page:
                return renewed
            after = (page[-1].candidature_id, page[-1].fingerprint)
    finally:
        engine.dispose()


def _page(connection: Connection, after: tuple[str, str]) -> Sequence[Row[str, str, bytes]]:
    """Those that an erasure has emptied have nothing to renew."""
    row = ACCOUNTS.c
    place = tuple_(row.candidature_id, row.fingerprint)
    query = select(row.candidature_id, row.fingerprint, row.secret).where(
        place > after, row.secret != b""
    )
    return connection.execute(
        query.order_by(row.candidature_id, row.fingerprint).limit(AT_ONCE)
    ).all()


def _renew(connection: Connection, cipher: FieldCipher, account: Row[str, str, bytes]) -> bool:
    candidature_id, fingerprint, secret = account
    renewed = cipher.renew(secret, "accounts", account_row(candidature_id, fingerprint), "secret")
    if renewed is None:
        return False
    row = ACCOUNTS.c
    its_own = (row.candidature_id == candidature_id, row.fingerprint == fingerprint)
    connection.execute(update(ACCOUNTS).where(*its_own).values(secret=renewed))
    return True
