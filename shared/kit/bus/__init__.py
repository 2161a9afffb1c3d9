"""The broker: reading, publishing, provisioning. What we lean on in FastStream and nats-py is all in here."""
