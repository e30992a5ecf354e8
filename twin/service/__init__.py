"""Start the bot with the machine: as a unit of systemd, an agent of launchd, a task of Windows."""
