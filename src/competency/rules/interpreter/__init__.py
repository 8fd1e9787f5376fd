"""One learner, full reasons. This is the specification: short, exact, with no cache and no cleverness."""
