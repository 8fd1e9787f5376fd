"""What is shipped for testing: literate documents of rules, and what else books and plugins are tested with."""
