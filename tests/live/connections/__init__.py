"""Which way to systemd is taken, what a connection costs while idle, and its end."""
