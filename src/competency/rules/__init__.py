"""The rule engine: from rule text to decisions, and what can be known of rules without deciding."""
