"""A made-up state from a seed: a policy book, and the facts of its learners as columns of whole numbers.

60 competencies (or more) in strands of ten with prerequisites, about 72 pieces of evidence a learner, attempts, attendance.
A course a strand, unless another number of courses is asked for: then they share the competencies out among them.
"""

from __future__ import annotations

from datetime import date

from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

AS_OF = date(2026, 6, 1)
FIRST_DAY = date(2025, 8, 18)
A_STRAND = 10
METHODS = ("exhibition", "portfolio", "project", "test")
ROLES = ("advisor", "mentor", "peer", "teacher")
PIECES = 72
LEVELS = (("L1", 1), ("L2", 3), ("L3", 5))

# Of three strands, two go by the latest three scores and one by an average that decays.
RECENT, DECAYING = "recent", "decaying"


def way(strand: int) -> str:
    """By which rule the competencies of a strand are mastered."""
    return DECAYING if strand % 3 == 2 else RECENT


def strands(competencies: int) -> list[list[str]]:
    """The codes of the competencies, strand after strand."""
    count = competencies // A_STRAND
    return [[f"S{strand:03}.{place}" for place in range(A_STRAND)] for strand in range(count)]


def courses(competencies: int, number: int | None = None) -> dict[str, list[str]]:
    """The competencies of each course, of which the first three are core."""
    codes = [code for strand in strands(competencies) for code in strand]
    size = A_STRAND if number is None else len(codes) // number
    return {f"C{at:03}": codes[at * size : (at + 1) * size] for at in range(len(codes) // size)}


def book(competencies: int, number_of_courses: int | None = None) -> str:
    """The policy book as one text."""
    lines = [
        'policy state "A made-up state"',
        '  version "1"',
        "  evidence ordered by date assessed",
        "  when evidence is missing: not yet known",
        "end",
        "scale Points from 1 to 4",
        f"roles {', '.join(ROLES)}",
        f"methods {', '.join(METHODS)}",
    ]
    of_way: dict[str, list[str]] = {RECENT: [], DECAYING: []}
    for strand, codes in enumerate(strands(competencies)):
        of_way[way(strand)].append("\n".join(_competency(codes, place) for place in range(A_STRAND)))
    for name, declared in of_way.items():
        lines += [f"framework {name.upper()} scored on Points", *declared, "end"]
    lines += ["catalog"]
    for course, codes in courses(competencies, number_of_courses).items():
        core = ", ".join(codes[:3])
        lines.append(f'  course {course} "Course {course}" worth 1 credit core {core} covers {", ".join(codes[3:])}')
    lines += ["end", 'continuum LEVELS "Levels by credits"']
    for place, (code, needed) in enumerate(LEVELS):
        after = f" after {LEVELS[place - 1][0]}" if place else ""
        lines.append(f'  level {code} "{code}"{after} with credits_needed {needed}')
    lines += ["end", RULES]
    return "\n".join(lines) + "\n"


def _competency(codes: list[str], place: int) -> str:
    needs = f" requires {codes[(place - 1) // 2]}" if place else ""
    return f'  competency {codes[place]} "{codes[place]}"{needs}'


RULES = """
mastery recent "By the latest three scores"
  for each competency in RECENT
  require level: average of the latest 3 scores is at least 2.75
  require breadth: number of different methods is at least 2
  require adult: number of scores by rater not peer is at least 1
  require prior: all prerequisites are mastered
end
mastery decaying "By an average that decays"
  for each competency in DECAYING
  require level: decaying average at 65% of scores is at least 2.75
  require prior: all prerequisites are mastered
end
credit course "Credit by competency"
  for each course in catalog
  worth the credits of the course
  require share: at least 80% of the competencies of the course are mastered
  require core: all of the core competencies of the course are mastered
end
measure credits_earned "Credits earned"
  value sum of credits of courses that are credited
end
progression steps "Levels by credits"
  along continuum LEVELS
  reach a level when
    require below: all levels before it are reached
    require credits: measure credits_earned is at least the credits_needed of the level
end
recovery course "Credit recovery"
  for each course in catalog
  require failed: the learner has a final failed attempt of the course
  require open: the learner has no passed attempt of the course
  assign the competencies of the course that are not mastered
end
flag at_risk "At risk"
  require signs: days present / days enrolled is less than 90% or number of failed attempts is at least 2
end
"""


def program(competencies: int, number_of_courses: int | None = None) -> ir.Program:
    """The book as a program."""
    parsed, of_texts = parse_texts([SourceText("state.rules", book(competencies, number_of_courses))])
    read, of_book = read_rules(parsed, {})
    if read.program is None:
        raise SystemExit("\n".join(one.message for one in (*of_texts, *of_book)))
    return read.program
