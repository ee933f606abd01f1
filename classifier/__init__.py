"""Text in, calibrated risk and labels out. No broker, no database, no settings."""
