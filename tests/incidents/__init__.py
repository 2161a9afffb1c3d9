"""The incidents that operators must notice, seeded on platforms that run: `make incidents`."""
