"""What notify answers to officers, the association and laureates: plain JSON from committed states."""
