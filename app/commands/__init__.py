"""One module a command; :mod:`app.main` loads each when it is called."""
