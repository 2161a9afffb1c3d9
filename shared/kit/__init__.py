"""What every service stands on: delivery, storage, time, logs. It knows no service."""
