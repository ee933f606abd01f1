"""From a decided case to the outside world and back: documents, outbox, outcomes, statistics."""
