"""What officers look at, made of the answers of the services: pure."""
