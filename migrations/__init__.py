"""The database's history: one Alembic tree for SQLite and PostgreSQL."""
