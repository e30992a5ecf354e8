"""Imports through the dashboard: uploaded files and the job that imports them."""
