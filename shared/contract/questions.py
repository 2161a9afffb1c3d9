"""What a service answers by request and reply: JSON object in, JSON object out.

Events change things, questions do not.

A question that is refused answers `{"error": code, "message": French sentence}`. Each is granted by name to
the kinds of identities that need it, never by wildcard.
"""

from shared.contract.asked import (
    Asked,
    AttachmentAsked,
    Body,
    CommonsAsked,
    DocumentAsked,
    DossierAsked,
    FileAsked,
    FindAsked,
    GatheringAsked,
    GrantsAsked,
    InstructionsAsked,
    RetentionAsked,
    SignedAsked,
    SignedDossierAsked,
    StepsAsked,
    TodoAsked,
    WaveAsked,
)
from shared.contract.front_ends import ASSOCIATION, HOLDERS, OPERATORS, REVIEWERS
from shared.contract.funding_questions import FUNDING_QUESTIONS
from shared.contract.question import (
    COUNTER,
    DOSSIER,
    FILERS,
    READERS,
    SIGNED,
    STAFF,
    SUPPORTERS,
    WATCHERS,
    Question,
    kit_questions,
)
from shared.contract.topology import KEEPER, SERVICES

OWN_QUESTIONS = (
    Question(
        "intake",
        "dossier",
        COUNTER,
        "the public status of one dossier, with its receipt",
        DOSSIER,
        "own-dossier",
        kind=DossierAsked,
    ),
    Question(
        "intake",
        "check",
        FILERS,
        "a dry run: what a submission with this body would be answered now, with every reason",
        {"holder": {"siret": "73282932000074", "…": "…"}, "place": {}, "project": {}, "budget": {}},
        kind=Body,
    ),
    Question(
        "intake",
        "find",
        STAFF,
        (
            "the dossiers of a receipt number, a SIRET, a commune, or with these words in the name of the "
            "project, the holder or in the address"
        ),
        {"text": "FABT-2020-4-00012", "limit": 50},
        kind=FindAsked,
    ),
    Question(
        "intake",
        "calendar",
        (*COUNTER, REVIEWERS, ASSOCIATION),
        (
            "the waves: when each opens and closes, how many dossiers it registered; the platform's name in "
            "signatures"
        ),
    ),
    Question(
        "intake",
        "contests",
        STAFF,
        "projects that two front-ends brought, both files, for an officer to decide",
    ),
    Question(
        "intake",
        "file",
        (HOLDERS, *READERS),
        "the texts and the budget of a dossier, in any version, as far as whoever signs may read them; sealed",
        {**DOSSIER, **SIGNED, "version": 1},
        kind=FileAsked,
    ),
    Question(
        "intake",
        "attachment",
        (HOLDERS, *READERS),
        "a part of a file of a dossier, in base64, by the file's name; sealed",
        {**DOSSIER, **SIGNED, "name": "budget.ods", "part": 1},
        kind=AttachmentAsked,
    ),
    Question(
        "intake",
        "todo",
        STAFF,
        "what waits for an officer: the act that ends it, who may do it, on what, since when",
        {"limit": 100},
        kind=TodoAsked,
    ),
    Question(
        "intake",
        "retention",
        STAFF,
        "the files whose time is over, or one file: until when it is kept, and why",
        {"candidature_id": None, "by": "2023-03-31T00:00:00+02:00", "limit": 100},
        kind=RetentionAsked,
    ),
    Question(
        "intake",
        "summary",
        STAFF,
        "how many sendings were registered, refused and why, withdrawn, repeated",
    ),
    Question(
        "eligibility",
        "check",
        FILERS,
        "a dry run: would this place be eligible, and why not",
        {
            "commune_code": "03310",
            "address": "1 place du Marché, 03200 Vichy",
            "latitude": 46.12,
            "longitude": 3.42,
            "declared_qpv": None,
            "declared_zones": [],
        },
        kind=Body,
    ),
    Question(
        "eligibility",
        "instructions",
        STAFF,
        "a page of the dossiers that wait for an officer's word on their territory",
        {"after": None, "limit": 250},
        kind=InstructionsAsked,
    ),
    Question(
        "eligibility",
        "reviews",
        STAFF,
        "who reviews a dossier, who has answered, what is missing; names to operators, else numbers",
        DOSSIER,
        kind=DossierAsked,
    ),
    Question(
        "eligibility",
        "file-reviews",
        READERS,
        "what the reviewers said of a dossier; to a reviewer once their own review is given; sealed",
        {**DOSSIER, **SIGNED},
        kind=SignedDossierAsked,
    ),
    Question(
        "eligibility",
        "my-reviews",
        READERS,
        "the dossiers that a reviewer has to read, when each review is due, what they said; sealed",
        SIGNED,
        kind=SignedAsked,
    ),
    Question(
        "eligibility",
        "reviews-progress",
        STAFF,
        (
            "the reviews of a wave by reviewer: asked, late, given, recused; the files that lack a reviewer; "
            "names to operators, else numbers"
        ),
        {"wave": "2020-4"},
        kind=WaveAsked,
    ),
    Question(
        "eligibility",
        "todo",
        STAFF,
        "what waits for an officer: the act that ends it, who may do it, on what, since when",
        {"limit": 100},
        kind=TodoAsked,
    ),
    Question(
        "eligibility",
        "summary",
        STAFF,
        "how many dossiers are eligible, ineligible, in instruction, scored",
    ),
    *FUNDING_QUESTIONS,
    *(
        Question(
            service,
            "readings",
            STAFF,
            "who read what this service has of a dossier, in which role, when; names to operators, else numbers",
            DOSSIER,
            kind=DossierAsked,
        )
        for service in ("intake", "eligibility", "funding")
    ),
    Question(
        "notify", "summary", STAFF, "how many notices were sent, and how far support has come"
    ),
    Question(
        "notify",
        "support",
        SUPPORTERS,
        "one laureate's support plan",
        DOSSIER,
        "handed-support",
        kind=DossierAsked,
    ),
    Question(
        "notify",
        "my-support",
        (HOLDERS,),
        "to a laureate's own front-end: its steps, the peers named and why, its invitations, what it declared",
        DOSSIER,
        kind=DossierAsked,
    ),
    Question(
        "notify",
        "support-steps",
        SUPPORTERS,
        "the steps that somebody has to do, the most urgent first; to the association, its own",
        {"owner": "association", "overdue": False, "limit": 100},
        "handed-steps",
        kind=StepsAsked,
    ),
    Question(
        "notify",
        "support-report",
        STAFF,
        "what was asked of support, agreed, done, late, by need, region, owner and year; by kind of place",
    ),
    Question(
        "notify",
        "directory",
        COUNTER,
        "a page of the laureates who want to be found: who, where, what they offer and look for; no address",
        {"after": None, "limit": 500},
        kind=GrantsAsked,
    ),
    Question(
        "notify",
        "commons",
        COUNTER,
        "a page of what laureates share: title, link, licence, by whom; to front-ends of holders, what was accepted",
        {"after": None, "limit": 100},
        "listed-commons",
        kind=CommonsAsked,
    ),
    Question(
        "notify",
        "peers",
        STAFF,
        "the pairs of laureates that stand: who is to help whom, who has agreed",
    ),
    Question(
        "notify",
        "agenda",
        STAFF,
        "the meetings that were announced: how many were invited, answered, came",
    ),
    Question(
        "notify",
        "answers",
        STAFF,
        "who was invited to a meeting, what they answered, with how many people, who came",
        {"gathering": "rencontre-2022"},
        kind=GatheringAsked,
    ),
    Question(
        "notify",
        "todo",
        STAFF,
        "what waits for an officer: the act that ends it, who may do it, on what, since when",
        {"limit": 100},
        kind=TodoAsked,
    ),
    Question(
        "notify",
        "documents",
        COUNTER,
        "which documents a dossier may have, and those that were made, with the digest of each file",
        DOSSIER,
        "own-documents",
        kind=DossierAsked,
    ),
    Question(
        "notify",
        "document",
        COUNTER,
        "one document of a dossier as a PDF file, in base64, with its number and its digest",
        {**DOSSIER, "kind": "award"},
        "own-document",
        kind=DocumentAsked,
    ),
)


OF_SERVICES = tuple(
    question
    for service in SERVICES
    for question in (
        *(own for own in OWN_QUESTIONS if own.service == service),
        *kit_questions(service),
    )
)
QUESTIONS = (
    *OF_SERVICES,
    Question(
        KEEPER,
        "ready",
        WATCHERS,
        "a round trip through the broker and the database: can it do its work",
    ),
    Question(
        KEEPER,
        "summary",
        STAFF,
        "how many facts are in the chains, how many checkpoints, the latest one",
    ),
    Question(
        KEEPER,
        "seal",
        (OPERATORS,),
        "sign a checkpoint of all that lies in the log by now, once it is read",
    ),
)


def questions_of(service: str) -> tuple[Question, ...]:
    return tuple(question for question in QUESTIONS if question.service == service)


def kind_of(service: str, word: str) -> type[Asked]:
    """What a question is asked with, by the word that the service hears. Raises StopIteration for no question."""
    return next(one.kind for one in questions_of(service) if word in (one.name, one.own_as))


def questions_for(kind: str) -> tuple[Question, ...]:
    """What an identity of this kind may ask."""
    return tuple(question for question in QUESTIONS if kind in question.asked_by)
