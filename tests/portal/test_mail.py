"""The letter that opens dossiers leaves by the same relay as all others, or lies in the same folder."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from deploy.portal.mail import post_of
from shared.kit.settings import Settings
from shared.programme import load_programme
from tests.broker.smtp_relay import SmtpRelay
from tests.conftest import SHIPPED_PROGRAMME

PROGRAMME = load_programme(SHIPPED_PROGRAMME)
LINK = "http://127.0.0.1:8080/acces/abc"


async def test_a_letter_goes_to_the_relay_that_the_setting_names() -> None:
    async with SmtpRelay().listening() as relay:
        url = f"smtp://127.0.0.1:{relay.port}?starttls=no"
        await post_of(Settings(smtp_url=url), PROGRAMME).send("contact@passerelle.example", LINK)
    [letter] = relay.received
    told = message_from_string(letter, policy=default)
    assert isinstance(told, EmailMessage)
    assert told["To"] == "contact@passerelle.example"
    assert LINK in told.get_content()


async def test_a_relay_that_is_away_or_refuses_is_never_the_visitors_trouble() -> None:
    async with SmtpRelay(answers=["550 unknown"]).listening() as relay:
        post = post_of(Settings(smtp_url=f"smtp://127.0.0.1:{relay.port}?starttls=no"), PROGRAMME)
        await post.send("contact@passerelle.example", LINK)
    await post.send("contact@passerelle.example", LINK)
    assert relay.received == []


@pytest.mark.parametrize(
    "url", ["http://relay.example", "smtp://", "smtp://relay.example?starttls=maybe"]
)
def test_a_relay_that_is_none_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="smtp_url is"):
        post_of(Settings(smtp_url=url), PROGRAMME)


async def test_on_a_terminal_the_link_is_shown_and_elsewhere_it_is_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for layout, shown in (("console", True), (None, False)):
        settings = Settings(home=tmp_path, log_format=layout)
        await post_of(settings, PROGRAMME).send("contact@passerelle.example", LINK)
        assert (LINK in capfd.readouterr().err) is shown
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2
