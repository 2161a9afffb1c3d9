"""What each part of a programme file is for, once people have been told of it: in the words of `diff`."""

PROPOSED = "A list that is proposed by the old rule and not published fails its check."
TOUCHES: dict[str, str] = {
    "id": "It is another programme: its subjects, facts and receipts are not those of the first.",
    "version": "What is decided from now on names this version.",
    "name": "Letters, documents and open data name it so from now on; those that are sent do not change.",
    "receipt_prefix": "Receipts that were sent keep the old one, and no dossier is found by them any more.",
    "timezone": "Each deadline and each promised day ends at another instant.",
    "contact": "Letters and pages give the new address; people who kept an old letter write to the old one.",
    "envelope_cents": (
        "Waves are ranked with it until a first award is made; "
        "from then on the platform keeps the envelope it began with."
    ),
    "zones": "Places that are looked at from now on; those that were answered stay.",
    "quotas": f"Waves are ranked with it from now on; what is published stays. {PROPOSED}",
    "authority": "Letters and documents of decisions from now on; those that are made keep what they say.",
    "authority.appeal_months": "Decisions that were sent tell the old last day to contest them.",
    "authority.delivery_days": "Appeals from now on; those that were refused as late stay refused.",
    "award": f"Budgets of files to come, and awards of waves to come; grants that exist stay. {PROPOSED}",
    "waves": "Who may still file, and until when; receipts that were sent promise an answer by the old days.",
    "intake": "Files from now on; those that are registered are not asked again.",
    "intake.silence_months": "Receipts that were sent promise an answer by the old day.",
    "territory": "Places that are looked at from now on; those that were answered stay.",
    "reviews": "Reviews that are asked for or given from now on; those that are given stay.",
    "criteria": (
        "Reviews from now on are given by these criteria; a file that was reviewed by the old ones "
        f"lacks the marks of the new. {PROPOSED}"
    ),
    "indicators": "Reports from now on count these; those that were accepted stay.",
    "selection": f"Waves are ranked by it from now on; what is published stays. {PROPOSED}",
    "selection.reserve_ends_on": "Until when those on the last waiting list may still become laureates.",
    "payment": "Tranches, payment files and requests for reports from now on.",
    "payment.first_due_months": "Schedules of grants awarded from now on; those that were told stay.",
    "payment.due_day": "Schedules of grants awarded from now on; those that were told stay.",
    "payment.debtor_iban": "Money leaves another account, from the next payment file on.",
    "retention": "When files are erased; receipts that were sent tell the old number of years.",
    "support": "Who accompanies laureates, and how their peers are found, from now on.",
    "agenda": "Nobody is told by the file: `fabriques community announce` invites, and tells what moved.",
    "moved_days": "The dates are those of a rehearsal, moved by so many days.",
}


def part_of(place: str) -> str:
    """The part that a place is of, such as `selection.reserve_ends_on` or `award`.

    Raises KeyError for a place of no part.
    """
    words = place.split(".")
    for depth in range(len(words), 0, -1):
        part = ".".join(words[:depth])
        if part in TOUCHES:
            return part
    raise KeyError(place)
