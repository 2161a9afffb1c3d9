"""The headers of a letter: nobody forges one, and an address that mail cannot reach is refused."""

from email.headerregistry import Address
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.letters.mime import LINE, PLAIN, Unaddressable, address_of, as_mail
from services.notify.letters.writer import Letter
from tests.rules.notify.notify_samples import (
    AT,
    NOTICE,
    PROGRAMME,
    WRITER,
    a_contact,
    a_notice,
    mail_of,
)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=("Cs",)),
        min_size=1,
        max_size=200,
    )
)
def test_no_name_can_forge_a_header(name: str) -> None:
    letter = WRITER.write(a_notice("introduction"), a_contact(place_name=name))
    mail = mail_of(letter)
    assert set(mail.keys()) == {
        "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language",
        "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert str(mail["To"]) == "contact@francetierslieux.fr"


def test_a_subject_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        as_mail(
            Letter("x\r\nBcc: spy@elsewhere.example", "t", "<p>t</p>", "a@b.example"),
            PROGRAMME,
            NOTICE,
            AT,
        )


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "@b.fr", "a@", "a,c@b.fr", "a@b.fr\r\nBcc: x@y.fr", "é@b.fr", "a@b..fr"],
)
def test_an_address_that_mail_cannot_reach_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(Unaddressable) as refused:
        address_of(address)
    assert not address or address not in str(refused.value)


def test_a_domain_with_accents_is_sent_in_ascii() -> None:
    assert address_of("a@éole.example").addr_spec == "a@xn--ole-9la.example"


PLAIN_ADDRESSES = st.from_regex(PLAIN, fullmatch=True, alphabet=st.characters(codec="ascii"))


@given(
    PLAIN_ADDRESSES
    | st.sampled_from(["o'hara+x@b.fr", "a@1", f"{'a' * 72}@b.fr", "a/b@b-c.example"])
)
def test_a_plain_address_stands_in_its_header_as_the_standard_library_writes_it(
    address: str,
) -> None:
    mail = as_mail(Letter("x", "t", "<p>t</p>", address), PROGRAMME, NOTICE, AT)
    written = SMTP.fold_binary(*SMTP.header_store_parse("To", Address(addr_spec=address)))
    assert LINE + written in mail.content
    assert mail.recipients == (address,)
