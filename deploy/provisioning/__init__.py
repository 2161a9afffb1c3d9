"""What the bus has to be as the topology says: planned, shown with what each change loses, done."""
