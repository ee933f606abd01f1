"""What monitors do, as services: accounts, queue, claims, decisions, undo, search."""
