"""What is kept about a person, for that person: a page in French to read and print, and JSON."""
