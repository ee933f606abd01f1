"""What people outside see: the report form, its receipt and its status page."""
