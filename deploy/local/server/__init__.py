"""The nats-server that a platform runs: its configuration, its accounts, its nodes."""
