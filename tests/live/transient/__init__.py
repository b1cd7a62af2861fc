"""Units without a file: services, scopes, timers, paths, sockets, and each of their settings."""
