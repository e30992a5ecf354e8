"""HTTP server shared by the friends' page, the dashboard and the API."""
