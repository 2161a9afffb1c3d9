"""The databases of the services, seen from outside them."""
