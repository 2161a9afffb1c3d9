"""What notify does with each fact it hears: letters, support, and the community of laureates."""
