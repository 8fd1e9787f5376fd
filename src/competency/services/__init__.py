"""The use cases: what the command line and the web do, without their words and screens."""
