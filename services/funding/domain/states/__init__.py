"""What funding keeps: frozen values, one for each table, by subject."""

from services.funding.domain.states.money import (
    Account,
    Amendment,
    Anomaly,
    BankLine,
    Declaration,
    Fund,
    Grant,
    Movement,
    Order,
    Recovery,
    Report,
    ReportReminder,
    Run,
    StateAid,
    Tranche,
)
from services.funding.domain.states.selection import Appeal, Entry, Ranking, Remarks, Turn, WaveState

__all__ = [
    "Account",
    "Amendment",
    "Anomaly",
    "Appeal",
    "BankLine",
    "Declaration",
    "Entry",
    "Fund",
    "Grant",
    "Movement",
    "Order",
    "Ranking",
    "Recovery",
    "Remarks",
    "Report",
    "ReportReminder",
    "Run",
    "StateAid",
    "Tranche",
    "Turn",
    "WaveState",
]
