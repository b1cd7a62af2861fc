"""The process around the library: threads, forks, signals, interpreters, its beginning and its end."""
