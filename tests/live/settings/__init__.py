"""What an app is given, and what its process, systemd and the unit file have of it."""
