"""What funding answers to officers and operators: plain JSON from committed states."""
