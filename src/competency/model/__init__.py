"""What a school means: items, scales, facts and decisions. Frozen records, no I/O."""
