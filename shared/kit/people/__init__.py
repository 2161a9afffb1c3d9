"""Who acts, and whether an act is theirs: people, their keys, the one form in which acts are signed."""
