"""The calendar file of an invitation (RFC 5545, RFC 5546): sent again it moves its entry, or takes it out."""

from datetime import UTC, date, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from services.notify.domain.agenda import CANCELLED
from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice
from shared.programme import Programme


def method_of(template: str) -> str:
    return "CANCEL" if template == CANCELLED else "REQUEST"


def calendar_file(programme: Programme, notice: Notice, contact: Contact) -> bytes:
    """Whole days. One guest's entry has one UID for ever: the highest SEQUENCE is the one that holds."""
    context = notice.context
    method = method_of(notice.template)
    domain = programme.contact.rpartition("@")[2]
    event = Event()
    event.add("uid", f"{programme.id}-{context['gathering']}-{notice.candidature_id}@{domain}")
    event.add("sequence", context["revision"])
    event.add("dtstamp", notice.at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", date.fromisoformat(context["starts_on"]))
    event.add("dtend", date.fromisoformat(context["ends_on"]) + timedelta(days=1))
    event.add("summary", f"{context['title_of_meeting']} ({programme.name})")
    event.add("location", context["meeting_place"])
    event.add(
        "description",
        f"Rencontre de la communauté {programme.name}. Questions : {programme.contact}",
    )
    event.add("organizer", _address(programme.contact, programme.name))
    event.add("attendee", _address(contact.email, contact.legal_name))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", f"-//{programme.name}//notify//FR")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"MAILTO:{email}")
    address.params["CN"] = vText(name)
    return address
