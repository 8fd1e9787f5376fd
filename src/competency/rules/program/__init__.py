"""The program: types, nodes, operators and formulas, each defined once. Nothing here reads text or facts."""
