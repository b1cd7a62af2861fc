"""systemd, its message bus or the connection fails: each ends in time, and life goes on."""
