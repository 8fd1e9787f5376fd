"""Messages to users: one structure, one registry of kinds, a renderer a file."""

from competency.diagnostics.diagnostic import (
    Confidence,
    Diagnostic,
    DiagnosticKind,
    Edit,
    Fix,
    Label,
    Severity,
    has_errors,
)

__all__ = ["Confidence", "Diagnostic", "DiagnosticKind", "Edit", "Fix", "Label", "Severity", "has_errors"]
