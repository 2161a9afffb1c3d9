"""From a batch of events to one transaction, and from the outbox to the broker.

It knows no SQL of its own.
"""
