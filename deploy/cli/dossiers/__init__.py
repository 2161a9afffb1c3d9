"""One dossier: filed, found, read, reviewed, contested, erased."""
