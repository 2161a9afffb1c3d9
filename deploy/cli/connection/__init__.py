"""What the commands share towards a platform: where it is, who speaks, what is asked and signed."""
