"""What each verb about units does, beside what systemctl shows; names, properties, unit files."""
