"""Slate CBL's tables as facts."""
