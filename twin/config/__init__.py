"""Settings: schema, loading, editing, the sections of connectors."""
