"""A block that is not closed is told at its place, and the declarations around it are read all the same."""

from __future__ import annotations

from typing import Any

from competency.rules.language.parse import parse
from competency.source import SourceText, Span

TEXT = """scale S from 0 to 5
measure a
  for each competency in F
  value average of scores
end
measure b
  for each competency in F
  value average of scores
measure c
  for each competency in F
  value average of scores
measure d
  for each competency in F
  value average ( of scores
end
flag e
  require low: 3 is at least 3
end
"""


def test_a_phrase_that_runs_on_into_the_next_declaration_says_that_the_end_is_missing() -> None:
    text, found = parse(SourceText("a.rules", TEXT))
    places: list[Any] = [diagnostic.labels[0].where for diagnostic in found]
    assert all(isinstance(place, Span) for place in places)
    assert [(one.kind.code, place.position.line) for one, place in zip(found, places, strict=True)] == [
        ("CBE102", 9),
        ("CBE102", 12),
        ("CBE101", 14),
    ]
    declared: list[Any] = list(text.declarations)
    assert [declaration.name.text for declaration in declared] == ["S", "a", "e"]
