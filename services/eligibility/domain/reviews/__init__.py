"""Reviews: who reads which dossier, and what their marks add up to."""
