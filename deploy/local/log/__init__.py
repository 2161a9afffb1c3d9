"""What lies in the streams, read whole, sealed and checked, by tools that may run a server of their own."""
