"""What the commands share towards people: options, what is printed, how a failure is told."""
