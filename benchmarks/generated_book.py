"""Made-up policy books: a seed and a size to a rule text that has no errors. The same seed gives the same text.

Knows the language only as a registrar writes it; every construct of a large district's book has its share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random

STRANDS = ("ALG", "GEO", "NUM", "STA", "FUN", "MOD")
METHODS = ("test", "project", "portfolio", "exhibition", "narrative")
ROLES = ("teacher", "advisor", "mentor", "family", "peer")

_HEADER = """language 1

# A made-up district. Every block below was written by a generator from a seed.
policy generated "Generated district: competency diploma"
  version "2026.1"
  in effect from 2026-07-01
  governs learners who entered on or after 2026-07-01
  cites IKF "Board Policy IKF"
  cites REG "Regulation 12"
  evidence ordered by date assessed, ties highest first
  when evidence is missing: not yet known
end

scale Proficiency
  Beginning  = 1
  Developing = 2
  Proficient = 3
  Extending  = 4
end

roles    teacher, advisor, mentor, family, peer
methods  test, project, portfolio, exhibition, narrative
programs IEP, ELL

calendar "School year"
  time zone "America/New_York"
  school year begins July 1
end

parameter cut_score "Share of competencies that earns a credit"
  is 75% from 2020-07-01 until 2026-07-01
  is 80% from 2026-07-01
end

population supported "Learners with a plan"
  learners in program IEP
end
"""


def competency_codes(number: int) -> tuple[str, ...]:
    """The codes of a framework of so many competencies, strand after strand."""
    return tuple(f"MATH.{STRANDS[index % len(STRANDS)]}.{index // len(STRANDS) + 1}" for index in range(number))


def small_book(competencies: int = 60) -> str:
    """A book with one general rule of each kind: mastery, credit, progression, recovery, a flag and a measure."""
    codes = competency_codes(competencies)
    courses = [codes[start : start + 6] for start in range(0, competencies, 6)]
    blocks = [_HEADER.splitlines(), _framework(codes), _catalog(courses), _continuum(codes), _GENERAL.splitlines()]
    return "\n".join(line for block in blocks for line in block) + "\n"


def large_book(lines: int, seed: int) -> str:
    """A book of exactly so many lines: frameworks, then rules for named items with their examples."""
    random = Random(seed)
    codes = competency_codes(max(60, lines // 30))
    courses = [codes[start : start + 5] for start in range(0, len(codes), 5)]
    written = [*_HEADER.splitlines(), *_framework(codes), *_catalog(courses), *_continuum(codes)]
    blocks = _blocks(random, codes, len(courses))
    while True:
        block = next(blocks)
        if len(written) + len(block) > lines:
            break
        written.extend(block)
    written.extend("# the generator stops here" for _ in range(lines - len(written)))
    return "\n".join(written) + "\n"


# --- declarations -----------------------------------------------------------------------------------------------------


def _framework(codes: Sequence[str]) -> list[str]:
    lines = ['framework MATH "Mathematics" scored on Proficiency']
    for index, code in enumerate(codes):
        before = f" requires {codes[index - len(STRANDS)]}" if index >= len(STRANDS) else ""
        lines.append(f'  competency {code} "Step {index + 1} of the framework"{before}')
    return [*lines, "end", ""]


def _catalog(courses: Sequence[Sequence[str]]) -> list[str]:
    lines = ["catalog"]
    for index, covered in enumerate(courses, start=1):
        core, rest = covered[0], ", ".join(covered[1:])
        covers = f" covers {rest}" if rest else ""
        lines.append(f'  course MA{index} "Mathematics {index}" worth 0.5 credits{covers} core {core}')
    return [*lines, "end", ""]


def _continuum(codes: Sequence[str]) -> list[str]:
    lines = ['continuum MATH.LEVELS "P-20 steps"']
    for index, start in enumerate(range(0, len(codes), 12), start=1):
        after = f" after L{index - 1}" if index > 1 else ""
        lines.append(f'  level L{index} "Level {index}"{after} covers {", ".join(codes[start : start + 12])}')
    return [*lines, "end", ""]


_GENERAL = """
mastery standard "Mastery of a mathematics competency"
  for each competency in MATH
  cites IKF section "4(b)"
  require recent:  average of the latest up to 3 scores is at least Proficient
  require breadth: number of different methods is at least 2
  require adult:   number of scores by rater not peer is at least 1
  except iep for learners in program IEP
    cites IKF section "4(c)"
    require breadth: number of different methods is at least 1
  end
end

credit course "Credit by competency"
  for each course in catalog
  worth the credits of the course
  require share: at least (cut_score) of the competencies of the course are mastered
  require core:  all of the core competencies of the course are mastered
end

progression mathematics "Movement along the continuum"
  along continuum MATH.LEVELS
  reach a level when
    require below: all levels before it are reached
    require here:  at least 90% of the competencies of the level are mastered
end

recovery course "Credit recovery"
  for each course in catalog
  require failed: the learner has a final failed attempt of the course
  require entry:  best grade of failed attempts of the course is at least 50
  assign the competencies of the course that are not mastered
  limit attempts to 2, then refuse
  limit credits recovered to 2 per school year, then report
end

flag attendance "Attendance below 90 percent"
  require absence: days present / days enrolled is less than 90%
end

measure funding "Paid on completion"
  for each course in catalog
  require earned: it is credited
  amount 493.44 dollars * 2 * credits
end
"""


# --- rules and examples, without end ----------------------------------------------------------------------------------


def _blocks(random: Random, codes: Sequence[str], courses: int) -> Iterator[list[str]]:
    """Blocks as a large book has them: rules for named items, then measures, flags and tables over and over."""
    for index, code in enumerate(codes):
        yield [*_mastery(random, index, code), *_mastery_example(random, index, code)]
        if index < courses:
            yield [*_credit(random, index), *_recovery(random, index)]
    makers: tuple[Callable[[Random, int], list[str]], ...] = (_flag, _measure, _table, _school_measure)
    for index in count():
        yield makers[index % len(makers)](random, index)


def _mastery(random: Random, index: int, code: str) -> list[str]:
    method, role = random.choice(METHODS), random.choice(ROLES)
    window = random.choice(("latest up to 3", "best up to 2", "latest 2", "first up to 4"))
    formula = random.choice(("average", "median", "highest", "decaying average at 65%", "mode with ties newest"))
    return [
        f'mastery rule_{index} "Mastery of {code}"',
        f"  for competency {code}",
        f'  cites IKF section "4({index})"',
        "  let graded be number of scores",
        f"  require recent:  {formula} of the {window} scores is at least Proficient",
        f"  require breadth: number of different methods is at least {random.randint(1, 2)}",
        f"  require adult:   number of scores by rater not {role} is at least 1 or graded is more than 5",
        f"  require {method}:    number of scores by {method} within 90 days is at least 1",
        "  except iep for learners in program IEP",
        '    cites IKF section "4(c)"',
        f"    require breadth: number of different methods is at least {random.randint(1, 2)}  # one is enough",
        "  end",
        "end",
        "",
    ]


def _mastery_example(random: Random, index: int, code: str) -> list[str]:
    first, second = random.sample(METHODS, 2)
    return [
        f'example "the rule for {code}, case {index}" for mastery rule_{index} of {code} on 2026-11-02',
        f"  score {random.randint(1, 4)} on 2026-09-{random.randint(10, 28)} by {first} from teacher",
        f"  score {random.randint(1, 4)} on 2026-10-{random.randint(10, 28)} by {second} from {random.choice(ROLES)}",
        "  expect not met because recent",
        "end",
        "",
    ]


def _credit(random: Random, index: int) -> list[str]:
    return [
        f'credit course_{index + 1} "Credit for Mathematics {index + 1}"',
        f"  for course MA{index + 1}",
        "  worth the credits of the course",
        f"  require share: at least {random.randint(60, 90)}% of the competencies of the course are mastered",
        "  require core:  all of the core competencies of the course are mastered",
        '  transcript mark "M", not in GPA',
        "end",
        "",
    ]


def _recovery(random: Random, index: int) -> list[str]:
    return [
        f'recovery course_{index + 1} "Recovery of Mathematics {index + 1}"',
        f"  for course MA{index + 1}",
        "  require failed: the learner has a final failed attempt of the course",
        f"  require entry:  best grade of failed attempts of the course is at least {random.randint(40, 55)}",
        "  assign the competencies of the course that are not mastered",
        "  limit attempts to 2, then refuse",
        "  limit credits recovered to 2 per school year, then report",
        "end",
        "",
    ]


def _flag(random: Random, index: int) -> list[str]:
    return [
        f'flag attendance_{index} "Attendance in watch list {index}"',
        f"  require absence: days present / days enrolled is less than {random.randint(70, 95)}%",
        f"  require young:   age is less than {random.randint(16, 19)} or the learner is in supported",
        "end",
        "",
    ]


def _measure(random: Random, index: int) -> list[str]:
    return [
        f'measure funding_{index} "Paid on completion, schedule {index}"',
        "  for each course in catalog",
        "  require earned: it is credited",
        f"  amount {random.randint(400, 600)}.44 dollars * ({random.randint(1, 3)} + 1) * credits",
        "end",
        "",
    ]


def _table(random: Random, index: int) -> list[str]:
    low = random.randint(1, 2)
    return [
        f'table bands_{index} "Bands of schedule {index}"',
        "  given ratings number",
        "  gives number",
        f"  row less than {low} gives 0",
        f"  row at least {low} and less than 4 gives 1",
        "  row at least 4 gives 2",
        "end",
        "",
    ]


def _school_measure(random: Random, index: int) -> list[str]:
    return [
        f'measure strength_{index} "Standing in schedule {index}"',
        "  for each competency in MATH",
        "  let kept be average of the latest up to 5 scores",
        f"  value if kept is at least {random.randint(2, 3)} then kept rounded half up to 0.01 otherwise bands_{index - 1} for (kept)",
        "end",
        "",
    ]
