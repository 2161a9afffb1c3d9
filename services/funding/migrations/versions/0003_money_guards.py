"""Guards of the ledger: the database itself refuses what no code may do.

Movements are never changed nor deleted. `balances` holds the sum of each account, kept by a trigger on each
movement: what leaves an account must be in it, so that no order is above its year, no settlement above its
order. The envelope gives no more than it has, and a tranche is paid no more than its amount.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
# Movements from before have no balance: the guards would refuse what follows them.
serves_from = "0003"

SQLITE_FROZEN = """
CREATE TRIGGER movements_no_{verb} BEFORE {verb} ON movements
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
"""
SQLITE_SUMS = (
    """
CREATE TRIGGER movements_credit AFTER INSERT ON movements WHEN NEW.credit <> 'envelope'
BEGIN
  UPDATE balances SET cents = cents - NEW.amount_cents
    WHERE owner = NEW.candidature_id AND account = NEW.credit AND cents >= NEW.amount_cents;
  SELECT RAISE(ABORT, 'an account would go below zero') WHERE changes() = 0;
END
""",
    """
CREATE TRIGGER movements_debit AFTER INSERT ON movements
BEGIN
  INSERT INTO balances (owner, account, cents) VALUES (NEW.candidature_id, NEW.debit, NEW.amount_cents)
    ON CONFLICT (owner, account) DO UPDATE SET cents = cents + excluded.cents;
END
""",
    """
CREATE TRIGGER movements_envelope AFTER INSERT ON movements WHEN 'envelope' IN (NEW.credit, NEW.debit)
BEGIN
  INSERT INTO balances (owner, account, cents)
    VALUES ('*', 'committed', iif(NEW.credit = 'envelope', NEW.amount_cents, -NEW.amount_cents))
    ON CONFLICT (owner, account) DO UPDATE SET cents = cents + excluded.cents;
  SELECT RAISE(ABORT, 'the envelope is exceeded') WHERE EXISTS (
    SELECT 1 FROM balances, fund WHERE owner = '*' AND account = 'committed' AND cents > envelope_cents);
END
""",
    """
CREATE TRIGGER movements_paid AFTER INSERT ON movements
  WHEN NEW.tranche_id IS NOT NULL AND (NEW.debit = 'paid' OR NEW.kind = 'return')
BEGIN
  INSERT INTO balances (owner, account, cents)
    VALUES (NEW.tranche_id, 'paid', iif(NEW.debit = 'paid', NEW.amount_cents, -NEW.amount_cents))
    ON CONFLICT (owner, account) DO UPDATE SET cents = cents + excluded.cents;
  SELECT RAISE(ABORT, 'a tranche would be paid above its amount') WHERE EXISTS (
    SELECT 1 FROM balances JOIN tranches ON tranche_id = owner
    WHERE owner = NEW.tranche_id AND account = 'paid' AND cents > tranches.amount_cents);
END
""",
)
POSTGRESQL_FROZEN = """
CREATE FUNCTION movements_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'check_violation'; END $$;
CREATE TRIGGER movements_no_change BEFORE UPDATE OR DELETE ON movements
  FOR EACH ROW EXECUTE FUNCTION movements_frozen();
CREATE TRIGGER movements_no_truncate BEFORE TRUNCATE ON movements
  FOR EACH STATEMENT EXECUTE FUNCTION movements_frozen();
"""
POSTGRESQL_SUMS = """
CREATE FUNCTION movements_summed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  to_envelope bigint := CASE WHEN NEW.credit = 'envelope' THEN NEW.amount_cents ELSE -NEW.amount_cents END;
  to_tranche bigint := CASE WHEN NEW.debit = 'paid' THEN NEW.amount_cents ELSE -NEW.amount_cents END;
BEGIN
  IF NEW.credit <> 'envelope' THEN
    UPDATE balances SET cents = cents - NEW.amount_cents
      WHERE owner = NEW.candidature_id AND account = NEW.credit AND cents >= NEW.amount_cents;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'an account would go below zero' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  INSERT INTO balances AS known (owner, account, cents)
    VALUES (NEW.candidature_id, NEW.debit, NEW.amount_cents)
    ON CONFLICT (owner, account) DO UPDATE SET cents = known.cents + excluded.cents;
  IF 'envelope' IN (NEW.credit, NEW.debit) THEN
    INSERT INTO balances AS known (owner, account, cents) VALUES ('*', 'committed', to_envelope)
      ON CONFLICT (owner, account) DO UPDATE SET cents = known.cents + excluded.cents;
    IF EXISTS (SELECT 1 FROM balances, fund
               WHERE owner = '*' AND account = 'committed' AND cents > envelope_cents) THEN
      RAISE EXCEPTION 'the envelope is exceeded' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.tranche_id IS NOT NULL AND (NEW.debit = 'paid' OR NEW.kind = 'return') THEN
    INSERT INTO balances AS known (owner, account, cents) VALUES (NEW.tranche_id, 'paid', to_tranche)
      ON CONFLICT (owner, account) DO UPDATE SET cents = known.cents + excluded.cents;
    IF EXISTS (SELECT 1 FROM balances JOIN tranches ON tranche_id = owner
               WHERE owner = NEW.tranche_id AND account = 'paid' AND cents > tranches.amount_cents) THEN
      RAISE EXCEPTION 'a tranche would be paid above its amount' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER movements_sums AFTER INSERT ON movements FOR EACH ROW EXECUTE FUNCTION movements_summed();
"""


def upgrade() -> None:
    op.create_table(
        "balances",
        sa.Column("owner", sa.String(length=39), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "account", name="pk_balances"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FROZEN)
        op.execute(POSTGRESQL_SUMS)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_FROZEN.format(verb=verb))
        for trigger in SQLITE_SUMS:
            op.execute(trigger)
