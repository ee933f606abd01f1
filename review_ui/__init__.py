"""Streamlit pages for monitors, supervisors, administrators and auditors: they draw, services decide."""
