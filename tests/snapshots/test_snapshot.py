"""A snapshot by itself: digests, what it lacks for another book, words of another book, and that it is there whole."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from competency.model.facts import BUILT_IN
from competency.rules.population.facts import Holds
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.snapshots.lay_out_folder import lay_out_folder
from competency.snapshots.open_snapshot import Snapshot, open_snapshot
from competency.snapshots.snapshot_unfit import SnapshotUnfit
from competency.source import SourceText

BOOK = """
policy small "Small"
  version "1"
  evidence ordered by date assessed
end
scale Points from 1 to 4
roles peer, teacher
methods project, test
framework F scored on Points
  competency A "A"
  competency B "B"
end
"""
BY_SCORES = """
mastery scores "By scores"
  for each competency in F
  require level: average of the latest 2 scores is at least 3
end
"""
BY_PEERS = """
mastery scores "By scores"
  for each competency in F
  require peers: number of scores by rater peer is at least 1
end
"""

LEARNERS = "learner\nCy\nAna\nBo\n"
EVIDENCE = """evidence_id,learner,competency,score,assessed_on,role,rater,supersedes
e1,Ana,A,3,2026-09-01,teacher,T1,
e2,Ana,A,4,2026-09-02T08:30,teacher,T1,e1
e3,Bo,B,2,2026-09-01,teacher,T2,
e4,Cy,B,2.5,2026-09-01,teacher,T2,e5
e5,Cy,B,3,2026-09-03,teacher,T2,e4
"""


def program(rules: str) -> ir.Program:
    parsed, of_texts = parse_texts([SourceText("small.rules", BOOK + rules)])
    read, of_book = read_rules(parsed, {})
    assert read.program is not None, [one.message for one in (*of_texts, *of_book)]
    return read.program


def written(folder: Path, evidence: str = EVIDENCE, learners: str = LEARNERS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "learners.csv").write_text(learners, encoding="utf-8")
    (folder / "evidence.csv").write_text(evidence, encoding="utf-8")
    return folder


def laid_out(work: Path, rules: str = BY_SCORES, **tables: str) -> Snapshot:
    read = program(rules)
    made = lay_out_folder(read, BUILT_IN, written(work / "facts", **tables), work / "snapshot", bucket=2)
    assert made.is_written, made.diagnostics
    return open_snapshot(work / "snapshot", read)


def digests(snapshot: Snapshot) -> dict[str, int]:
    return dict(zip(snapshot.learners, snapshot.digests.to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("e3,Bo,B,2,", "e3,Bo,B,3,"),
        ("2026-09-01,teacher,T2,\n", "2026-09-01,teacher,T3,\n"),  # a column that no rule reads
        ("e3,Bo,B,2,2026-09-01,teacher,T2,\n", ""),
    ],
)
def test_a_changed_cell_changes_the_digest_of_that_learner_alone(tmp_path: Path, one: str, other: str) -> None:
    before = digests(laid_out(tmp_path))
    after = digests(laid_out(tmp_path, evidence=EVIDENCE.replace(one, other)))
    assert [learner for learner in before if before[learner] != after[learner]] == ["Bo"]


def test_what_changes_hands_within_a_learner_changes_the_digest(tmp_path: Path) -> None:
    before = digests(laid_out(tmp_path))
    swapped = EVIDENCE.replace("e1,Ana,A,3,", "e1,Ana,A,4,").replace("e2,Ana,A,4,", "e2,Ana,A,3,")
    after = digests(laid_out(tmp_path, evidence=swapped))
    assert [learner for learner in before if before[learner] != after[learner]] == ["Ana"]


def test_the_order_of_rows_and_the_way_values_are_written_change_no_digest(tmp_path: Path) -> None:
    before = digests(laid_out(tmp_path))
    head, *rows = EVIDENCE.splitlines(keepends=True)
    again = head + "".join(reversed(rows)).replace(",3,", ", 3.0 ,").replace("08:30", "08:30:00") + rows[0]
    assert digests(laid_out(tmp_path, evidence=again)) == before


def test_learners_whose_corrections_go_in_a_circle_are_entangled(tmp_path: Path) -> None:
    snapshot = laid_out(tmp_path)
    assert [sorted(snapshot.bucket(number).entangled) for number in range(snapshot.buckets)] == [[], [0]]
    assert snapshot.at_hand().tables["evidence"].has_corrections


def test_a_book_that_reads_another_column_is_told_what_is_lacking(tmp_path: Path) -> None:
    laid_out(tmp_path)
    with pytest.raises(SnapshotUnfit, match="does not hold `role` of evidence, which the book reads: lay it out again"):
        open_snapshot(tmp_path / "snapshot", program(BY_PEERS))


def test_a_book_may_speak_of_words_that_no_fact_has(tmp_path: Path) -> None:
    laid_out(tmp_path, BY_PEERS)
    more = BY_PEERS.replace("peer is", "observer is")
    parsed, _ = parse_texts([SourceText("small.rules", BOOK.replace("roles peer", "roles observer, peer") + more)])
    read, _ = read_rules(parsed, {})
    assert read.program is not None
    snapshot = open_snapshot(tmp_path / "snapshot", read.program)
    words = snapshot.at_hand().words
    assert "observer" in words.texts
    assert list(words.texts) == sorted(words.texts)
    roles = [
        words.texts[number]
        for bucket in range(snapshot.buckets)
        for number in snapshot.bucket(bucket).rows["evidence"].column("role").to_pylist()
    ]
    assert roles == ["teacher"] * 5
    role = snapshot.at_hand().tables["evidence"].column("role")
    assert [words.texts[number] for number in role.among] == ["teacher"]
    (ana,) = snapshot.facts(0, [0])
    assert {row.values["role"] for row in ana.of("evidence")} == {"teacher"}


def test_numbers_with_too_many_digits_are_kept_for_the_interpreter(tmp_path: Path) -> None:
    long = "1.00000000000000000000000000001"
    snapshot = laid_out(tmp_path, evidence=EVIDENCE.replace("A,3,", f"A,{long},").replace("B,2.5,", "B,7/3,"))
    column = snapshot.at_hand().tables["evidence"].columns["score"]
    assert column.holds is Holds.NUMBER
    assert column.reason == "the numbers of `score` have too many digits"
    found = {
        row.id: row.values["score"]
        for number in range(snapshot.buckets)
        for facts in snapshot.facts(number, range(len(snapshot.learners_of(number))))
        for row in facts.of("evidence")
    }
    assert found == {"e1": Fraction(long), "e2": 4, "e3": 2, "e4": Fraction(7, 3), "e5": 3}


def test_only_the_learners_who_are_asked_for_come_back(tmp_path: Path) -> None:
    snapshot = laid_out(tmp_path)
    bo, ana = snapshot.facts(0, [1, 0])
    assert (bo.learner, ana.learner) == ("Bo", "Ana")
    assert [row.id for row in ana.of("evidence")] == ["e1", "e2"]
    assert [row.id for row in bo.of("evidence")] == ["e3"]


def test_learners_are_found_by_what_their_rows_say(tmp_path: Path) -> None:
    folder = written(tmp_path / "facts")
    waivers = "waiver_id,learner,rule,clause,authority,reason,begins_on\nw1,Cy,mastery scores,level,A,B,2026-09-01\n"
    (folder / "waivers.csv").write_text(waivers, encoding="utf-8")
    snapshot = laid_out(tmp_path)
    assert snapshot.learners_with(1, "waivers", "rule", {"mastery scores"}) == {0}
    assert snapshot.learners_with(1, "waivers", "rule", {"credit course"}) == frozenset()
    assert snapshot.learners_with(0, "waivers", "rule", {"mastery scores"}) == frozenset()
    assert snapshot.learners_with(0, "evidence", "score", {Fraction(2), Fraction(9)}) == {1}


def test_a_file_that_cannot_be_read_leaves_the_older_snapshot(tmp_path: Path) -> None:
    before = digests(laid_out(tmp_path))
    broken = EVIDENCE + 'e6,Ana,A,"3'
    folder = written(tmp_path / "facts", broken)
    made = lay_out_folder(program(BY_SCORES), BUILT_IN, folder, tmp_path / "snapshot", bucket=2)
    assert not made.is_written
    assert [one.kind.code for one in made.diagnostics] == ["CBE704"]
    assert digests(open_snapshot(tmp_path / "snapshot", program(BY_SCORES))) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts", "snapshot"]


def test_a_new_snapshot_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    laid_out(tmp_path)
    snapshot = laid_out(tmp_path, learners="learner\nAna\n", evidence="evidence_id,learner,competency,assessed_on\n")
    assert snapshot.learners == ("Ana",)
    assert snapshot.buckets == 1
    assert sorted(path.name for path in (tmp_path / "snapshot").iterdir()) == [
        "000000",
        "learners.parquet",
        "snapshot.json",
        "words.parquet",
    ]


def test_what_a_killed_run_left_behind_is_put_right(tmp_path: Path) -> None:
    before = digests(laid_out(tmp_path))
    left = tmp_path / ".snapshot.999999999.unfinished"
    (left / "rows").mkdir(parents=True)
    (tmp_path / "snapshot").rename(left / "replaced")
    broken = written(tmp_path / "facts", "no header")
    made = lay_out_folder(program(BY_SCORES), BUILT_IN, broken, tmp_path / "snapshot", bucket=2)
    assert not made.is_written
    assert digests(open_snapshot(tmp_path / "snapshot", program(BY_SCORES))) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts", "snapshot"]


@pytest.mark.parametrize(
    "content", [None, "", "{}", '{"format": 1}', '{"format": 3}', '{"format": 3, "tables": {"evidence": 3}}', "[]"]
)
def test_what_is_no_snapshot_is_said_to_be_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "snapshot.json").write_text(content, encoding="utf-8")
    with pytest.raises(SnapshotUnfit, match="is no snapshot of facts that can be opened"):
        open_snapshot(tmp_path, program(BY_SCORES))


def test_a_snapshot_of_an_older_format_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(SnapshotUnfit, match="its format is 2, and this version of the program reads 3"):
        open_snapshot(tmp_path, program(BY_SCORES))


def read_all(folder: Path) -> None:
    """Everything that a snapshot holds."""
    snapshot = open_snapshot(folder, program(BY_SCORES))
    for number in range(snapshot.buckets):
        snapshot.facts(number, range(len(snapshot.bucket(number).learners)))
    _ = snapshot.shared


def test_no_file_of_a_snapshot_is_altered_unnoticed(tmp_path: Path) -> None:
    laid_out(tmp_path)
    folder = tmp_path / "snapshot"
    read_all(folder)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for place in {0, len(content) // 3, len(content) // 2, len(content) - 2}:
            altered = bytearray(content)
            altered[place] ^= 1
            path.write_bytes(bytes(altered))
            with pytest.raises(SnapshotUnfit):
                read_all(folder)
        path.write_bytes(content)
    read_all(folder)


def test_a_file_that_belongs_elsewhere_is_no_part_of_it(tmp_path: Path) -> None:
    laid_out(tmp_path)
    folder = tmp_path / "snapshot"
    (folder / "000000" / "evidence.parquet").write_bytes((folder / "000001" / "evidence.parquet").read_bytes())
    with pytest.raises(SnapshotUnfit, match=r"`000000/evidence.parquet` is not the one that was laid out"):
        read_all(folder)


def test_a_file_that_is_lacking_is_named(tmp_path: Path) -> None:
    snapshot = laid_out(tmp_path)
    (tmp_path / "snapshot" / "000001" / "evidence.parquet").unlink()
    assert snapshot.bucket(0).learners == ("Ana", "Bo")
    with pytest.raises(SnapshotUnfit, match=r"evidence\.parquet` is missing"):
        snapshot.bucket(1)
    with pytest.raises(SnapshotUnfit, match=r"evidence\.parquet` is missing"):
        snapshot.facts(1, [0])


def test_each_row_that_is_read_is_told_as_progress(tmp_path: Path) -> None:
    told: list[Any] = []
    folder = written(tmp_path / "facts", EVIDENCE + "e7,Ana\n")
    lay_out_folder(program(BY_SCORES), BUILT_IN, folder, tmp_path / "snapshot", progress=told.append)
    assert sum(told) == 3 + 6
