"""Import jobs of the dashboard."""
