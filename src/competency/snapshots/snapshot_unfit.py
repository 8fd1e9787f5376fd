"""What is said where a snapshot cannot be decided from."""


class SnapshotUnfit(Exception):
    """A snapshot that cannot be opened, or that lacks what a program reads. Its text says what, in a sentence's words."""


class SnapshotUnreadable(SnapshotUnfit):
    """A snapshot of which the system does not let us read a file."""
