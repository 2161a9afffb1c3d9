"""A rehearsal: the whole programme on a real platform, from the first submission to the last tranche."""
