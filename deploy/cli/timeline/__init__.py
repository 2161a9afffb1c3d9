"""What happened to one dossier across the services, from the log alone."""
