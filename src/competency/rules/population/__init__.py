"""All learners at once: a program as relations over rows of (learner, item), the same outcomes without reasons."""
