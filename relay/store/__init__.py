"""All SQL of the project: one text for SQLite and PostgreSQL, each statement next to the function that runs it."""
