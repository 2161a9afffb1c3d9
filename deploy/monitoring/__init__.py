"""The metrics of a whole platform on one port; beside it alert rules and a dashboard, as files."""
