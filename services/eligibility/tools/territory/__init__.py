"""`fabriques territory`: import, answers, map."""
