"""The only place that reads settings and connects the rooms."""
