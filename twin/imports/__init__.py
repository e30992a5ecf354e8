"""Imports through the dashboard, of uploaded files and of an account's past, and their jobs."""
