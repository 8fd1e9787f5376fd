"""From text to a checked book: read, parse, resolve, check, lower; and back to text: format."""
