"""Where things are kept: casework, audit chain, encrypted personal data, search index. Ports beside adapters."""
