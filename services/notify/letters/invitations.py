"""The calendar file of an invitation (RFC 5545). The meeting's day follows from the award."""

from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event, vCalAddress, vText

from services.notify.domain.contact import Contact
from services.notify.domain.notice import Notice
from services.notify.domain.support import meeting_day, meeting_step
from shared.programme import Programme


def calendar_file(programme: Programme, notice: Notice, contact: Contact) -> bytes:
    """An all-day event. The same invitation always has the same UID: sent again, it replaces itself."""
    index = notice.context["meeting"]
    meeting = programme.support.meetings[index]
    awarded_on = programme.local_day(datetime.fromisoformat(notice.context["awarded_at"]))
    day = meeting_day(awarded_on, meeting.months_after_award)
    domain = programme.contact.rpartition("@")[2]
    event = Event()
    event.add("uid", f"{programme.id}-{meeting_step(index)}-{notice.candidature_id}@{domain}")
    event.add("dtstamp", notice.at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", f"{meeting.title} ({programme.name})")
    event.add("location", meeting.place)
    event.add("description", f"Rencontre de la communauté {programme.name}. Questions : {programme.contact}")
    event.add("organizer", _address(programme.contact, programme.name))
    event.add("attendee", _address(contact.email, contact.legal_name))
    event.add("status", "CONFIRMED")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", f"-//{programme.name}//notify//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"MAILTO:{email}")
    address.params["CN"] = vText(name)
    return address
