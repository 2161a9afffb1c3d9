"""What a careful reader finds wrong in the text of a letter, whatever it is about."""

import re
from collections import Counter

# What no letter to a person holds: holes, signs of a template, plurals of machines, spaces before a comma.
FAULTS = (
    r"\bNone\b", r"\{[{%#]", r"\bundefined\b", r"\w\((?:s|e|es)\)", r"«\s*»", r" [,.]", r"\.\.", r",,",
    r"\(\)", r"(?<=\S)  +(?=\S)", r"\b(?!nous|vous)(\w{4,}) \1\b", r"\bà Le\b", r"\bà Les\b",
    r"\b1 [a-zéè]{3,}s\b(?! sur)",
)  # fmt: skip
SENTENCE = re.compile(r"(?<=[.!?;:])\s+")
WORDS_MIN = 6  # of a sentence that is not said twice


def faults_of(subject: str, text: str) -> list[str]:
    """`text` is the plain text of the letter, folded as it left."""
    flowed = " ".join(text.replace("\u00a0", " ").split())
    lines = [subject, *text.replace("\u00a0", " ").splitlines()]
    found = [
        f"{fault}: {line}" for fault in FAULTS for line in lines if re.search(fault, line.strip())
    ]
    counted = Counter(one for one in SENTENCE.split(flowed) if len(one.split()) >= WORDS_MIN)
    return found + [f"said {times} times: {said}" for said, times in counted.items() if times > 1]
