"""Strict JSON at the edge: no duplicate keys, no NaN, valid UTF-8; then the event, all mistakes at once."""

import json
from codecs import BOM_UTF8
from itertools import islice
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from shared.contract.event import Event, OutsideEvent
from shared.contract.values import Reason
from shared.kit.errors import Unreadable
from shared.kit.tellable import told_field

E = TypeVar("E", bound=Event)

A_DATE = "Une date ISO 8601 est attendue, comme 2020-12-30."
AN_INSTANT = "Une date et heure ISO 8601 est attendue."
FRENCH = {
    "missing": "Ce champ est obligatoire.",
    "extra_forbidden": "Ce champ n'est pas attendu.",
    "string_pattern_mismatch": "La forme de cette valeur n'est pas celle attendue.",
    "string_too_long": "Ce texte est trop long.",
    "string_too_short": "Ce texte est trop court.",
    "string_type": "Un texte est attendu.",
    "int_type": "Un nombre entier est attendu.",
    "bool_parsing": "Vrai ou faux est attendu.",
    "float_type": "Un nombre est attendu.",
    "bool_type": "Vrai ou faux est attendu.",
    "tuple_type": "Une liste est attendue.",
    "dict_type": "Un objet est attendu.",
    "model_type": "Un objet est attendu.",
    "timezone_aware": "Une date et heure avec son fuseau est attendue.",
    "datetime_parsing": AN_INSTANT,
    "enum": "Cette valeur n'est pas dans la liste admise.",
    "too_short": "La liste est trop courte.",
    "too_long": "La liste est trop longue.",
    "greater_than_equal": "Ce nombre est trop petit.",
    "less_than_equal": "Ce nombre est trop grand.",
    "finite_number": "Un nombre fini est attendu.",
    "date_type": A_DATE,
    "date_parsing": A_DATE,
    "date_from_datetime_parsing": A_DATE,
    "date_from_datetime_inexact": A_DATE,
    "datetime_type": AN_INSTANT,
    "datetime_from_date_parsing": AN_INSTANT,
    "datetime_object_invalid": AN_INSTANT,
    "int_from_float": "Un nombre entier est attendu.",
    "int_parsing": "Un nombre entier est attendu.",
    "int_parsing_size": "Ce nombre est trop long.",
    "float_parsing": "Un nombre est attendu.",
    "string_unicode": "Ce texte contient un caractère incomplet.",
    "list_type": "Une liste est attendue.",
    "greater_than": "Ce nombre est trop petit.",
    "less_than": "Ce nombre est trop grand.",
    "hidden_character": "Ce texte contient un caractère invisible, comme un retour à la ligne : retirez-le.",
    "blank": "Ce texte est vide.",
    "email_invalid": (
        "Cette adresse ne va pas : écrivez-la comme contact@exemple.fr, sans accent avant l'arobase."
    ),
    "year_out_of_range": "L'année de cette date est hors du calendrier admis, de 1900 à 2200.",
    "document_too_large": "Ce document est trop grand.",
    "repeated": "La même valeur y est deux fois.",
    "file_name": "Un nom de fichier sans dossier est attendu, comme budget.pdf.",
    "floor_above_ceiling": "Le plancher est au-dessus du plafond.",
    "files_too_large": "Ces fichiers sont trop lourds ensemble : 20 Mo au plus.",
    "value_error": "Cette valeur n'est pas admise.",
}
REASONS_MAX = 100
OTHERWISE = "Cette valeur n'est pas valide."


def read_event(event_class: type[E], body: bytes) -> E:
    """Raises Unreadable.

    What other services wrote was strict when written; what comes from outside is checked here.

    It is raised outside of the `except`: the errors of both readers hold the whole body.
    """
    outside = issubclass(event_class, OutsideEvent)
    # RFC 8259: a reader may pass over the mark that some editors write.
    body = body.removeprefix(BOM_UTF8)
    data = parse_strictly(body) if outside else None
    try:
        return event_class.model_validate_json(body, strict=outside)
    except ValidationError as error:
        reasons = reasons_of(event_class, error)
    raise Unreadable(reasons, data)


def parse_strictly(body: bytes) -> Any:
    """Raises Unreadable."""
    try:
        return STRICT.decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        fault = str(error).split(":")[0][:200]
    raise Unreadable((Reason(code="not-json", message=fault),))


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


STRICT = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def reasons_of(kind: type[BaseModel], error: ValidationError) -> tuple[Reason, ...]:
    """What is wrong and where, each once; no value or name from outside: it may be personal data."""
    mistakes = error.errors(include_input=False, include_url=False, include_context=False)
    within = {
        mistake["loc"][:depth] for mistake in mistakes for depth in range(len(mistake["loc"]))
    }
    told = {
        (mistake["type"], told_field(kind, mistake["loc"])): None
        for mistake in mistakes
        # Pydantic counts the right ones only: a list with mistakes in it seems too short.
        if not (mistake["type"] == "too_short" and mistake["loc"] in within)
    }
    return tuple(
        Reason(code=kind.replace("_", "-"), field=field, message=FRENCH.get(kind, OTHERWISE))
        for kind, field in islice(told, REASONS_MAX)
    )
