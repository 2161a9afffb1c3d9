"""A grant as it is published, and the days that one may bear."""

from datetime import date

from hypothesis import strategies as st

from services.funding.domain.open_data import Subvention

ROW = Subvention(
    attributing_name="Agence nationale de la cohésion des territoires",
    attributing_siret="13002603200016",
    agreement_on=date(2021, 4, 20),
    decision_reference="FABT-2020-4-00012",
    beneficiary_name="Association La Passerelle",
    beneficiary_siret="38047555800058",
    purpose="Fabriques de Territoire",
    amount_cents=15_000_000,
    first_payment_on=date(2021, 6, 30),
    last_payment_on=date(2023, 6, 30),
    de_minimis=False,
    awarded_on=date(2021, 1, 20),
)
dates = st.dates(date(2020, 1, 1), date(2040, 12, 31))
