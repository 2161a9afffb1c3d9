"""A rehearsal: the whole programme played on a real platform, from the first submission to the third tranche."""
