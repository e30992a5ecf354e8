"""Settings: schema, loading, editing."""
