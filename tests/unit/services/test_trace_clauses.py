"""Lists of clauses beside a book: what carries each out, and every way in which a list and the rules can disagree."""

from __future__ import annotations

from pathlib import Path

import pytest

from competency.services.clause_index import clause_index
from competency.services.trace_clauses import trace_clauses

RULES = """policy district "District"
  cites IKF "Board policy IKF"
  cites IKF clause "1"
end
flag attendance "Attendance"
  require absence cites IKF clause "2": days present is less than 90 days
end
"""
LIST = """source = "IKF"
[[clause]]
number = "1"
words = "From July on."
[[clause]]
number = "2"
words = "Fewer than 90 days."
unverified = true
[[clause]]
number = "3"
words = "It is published."
no_rule = "A duty to publish."
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "competency.toml").write_text('title = "District"\n')
    (tmp_path / "policy.rules").write_text(RULES)
    (tmp_path / "clauses.toml").write_text(LIST)
    return tmp_path


def test_each_clause_has_a_status_and_the_places_that_cite_it(book: Path) -> None:
    traced, diagnostics = trace_clauses(book)
    assert traced is not None
    assert [one for one in diagnostics if one.is_error] == []
    assert [(one.clause.number, one.status, one.places) for one in traced.clauses] == [
        ("1", "expressed", ("policy district",)),
        ("2", "expressed", ("flag attendance: absence",)),
        ("3", "no rule", ()),
    ]
    assert traced.features[0] == "flag"


def test_a_clause_that_nothing_cites_is_open_and_the_index_says_so(book: Path) -> None:
    (book / "clauses.toml").write_text(LIST + '[[clause]]\nnumber = "4"\nwords = "Later."\n')
    traced, _ = trace_clauses(book)
    assert traced is not None
    assert [one.clause.number for one in traced.with_status("not yet")] == ["4"]
    assert "| 4 | Later. | **not yet** |" in clause_index([traced])
    assert "*(unverified)*" in clause_index([traced])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('number = "2"', 'number = "1"', "clause 1 stands twice"),
        ('number = "2"', 'number = "5"', "cites clause 2, and the list has no such clause"),
        ('words = "From July on."', 'words = ""', "clause 1, words: it is empty"),
        (
            "unverified = true",
            'no_rule = "None."',
            "clause 2 is no rule, and `flag attendance: absence` carries it out",
        ),
        ('source = "IKF"', "", "source: Missing data"),
        ("unverified = true", "unsure = true", "clause 2, unsure: Unknown field"),
        ("[[clause]]", "[clause", "Expected"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(book: Path, old: str, new: str, message: str) -> None:
    (book / "clauses.toml").write_text(LIST.replace(old, new, 1))
    _, diagnostics = trace_clauses(book)
    told = [one for one in diagnostics if one.kind.code == "CBE008"]
    assert [message in one.message for one in told] == [True], [one.message for one in told]


def test_a_book_without_a_list_says_so(book: Path) -> None:
    (book / "clauses.toml").unlink()
    traced, diagnostics = trace_clauses(book)
    assert traced is None
    assert [one.kind.code for one in diagnostics if one.is_error] == ["CBE001"]
