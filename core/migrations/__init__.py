"""The history of the database's shape: Alembic's environment and one file per revision."""
