"""The texts a file must hold before it is registered, and the file with those that came later."""

from collections.abc import Mapping

from shared.contract.frontdesk import CandidatureSubmitted
from shared.programme import Programme


def missing_pieces(programme: Programme, file: CandidatureSubmitted) -> tuple[str, ...]:
    """The required texts that are absent or blank."""
    texts = file.project
    return tuple(
        name
        for name in programme.intake.required_pieces
        if not (getattr(texts, name) or "").strip()
    )


def with_pieces(file: CandidatureSubmitted, pieces: Mapping[str, str]) -> CandidatureSubmitted:
    project = file.project.model_validate({**file.project.model_dump(), **pieces})
    return file.model_copy(update={"project": project})
