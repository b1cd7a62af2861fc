"""Apps of a manager: deployed, looked at, stopped and deleted."""
