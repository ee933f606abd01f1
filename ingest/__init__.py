"""Sources, the stream, and the worker loop: poll, classify, index and open items, commit."""
