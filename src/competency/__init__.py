"""A competency-based extension of student information systems: rules about mastery, progression and credit recovery."""
