"""Everything that crosses the boundary is checked here, at the door; inside it is trusted."""
