"""Makes a small policy book to start from: it checks without a warning, passes its examples, and is laid out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.services.replace_file import unwritable

_SETTINGS = """\
title = "A competency policy to start from"
"""

_RULES = """\
language 1

# A small policy to start from: change the names and numbers, then run `competency test` on the folder.

policy district "Competency-based credit"
  version "1"
  in effect from 2026-07-01
  cites BOARD "Board policy on competency-based credit"
  evidence ordered by date assessed, ties highest first
  when evidence is missing: not yet known
end

scale Proficiency
  Beginning = 1
  Developing = 2
  Proficient = 3
  Extending = 4
end

roles teacher, advisor, mentor, peer
methods test, project, exhibition
programs IEP

framework SCI "Science"
  competency SCI.INQ "Asks questions that can be tested"
  competency SCI.DATA "Reads and presents data"
  competency SCI.ARG "Argues from evidence" requires SCI.DATA
end

catalog
  courses from "catalog/courses.csv"
  competencies of courses from "catalog/course_competencies.csv"
end

mastery standard "Mastery of a science competency"
  for each competency in SCI
  cites BOARD section "2"
  require recent: average of the latest up to 3 scores is at least Proficient
  require breadth: number of different methods is at least 2
  except iep for learners in program IEP
    cites BOARD section "2(c)"
    require breadth: number of different methods is at least 1
  end
end

credit course "Credit by competency"
  for each course in catalog
  cites BOARD section "3"
  worth the credits of the course
  require share: at least 60% of the competencies of the course are mastered
  require core: all of the core competencies of the course are mastered
  transcript mark "M", not in GPA
end

example "two methods show breadth" for mastery standard of SCI.DATA on 2026-11-02
  score 3 on 2026-09-10 by project from teacher
  score 4 on 2026-10-12 by test from teacher
  expect met
end

example "one method is not breadth" for mastery standard of SCI.DATA on 2026-11-02
  score 3 on 2026-09-10 by project from teacher
  score 4 on 2026-10-12 by project from teacher
  expect not met because breadth
end

example "one method is enough with an IEP" for mastery standard of SCI.DATA on 2026-11-02
  given program: program IEP, begins_on 2026-08-01
  score 3 on 2026-09-10 by project from teacher
  score 4 on 2026-10-12 by project from teacher
  expect met
end

example "nothing is known without evidence" for mastery standard of SCI.DATA on 2026-11-02
  expect not yet known
end

example "two of three with the core" for credit course of SCI1 on 2026-11-02
  given SCI.INQ, SCI.DATA are mastered
  given SCI.ARG is not mastered
  expect met
end

example "the core is needed" for credit course of SCI1 on 2026-11-02
  given SCI.INQ, SCI.ARG are mastered
  given SCI.DATA is not mastered
  expect not met because core
end
"""

_COURSES = """\
code,title,credits
SCI1,Science 1,1
"""

_COURSE_COMPETENCIES = """\
course,competency,core
SCI1,SCI.INQ,no
SCI1,SCI.DATA,yes
SCI1,SCI.ARG,no
"""

FILES = {
    "competency.toml": _SETTINGS,
    "policy.rules": _RULES,
    "catalog/courses.csv": _COURSES,
    "catalog/course_competencies.csv": _COURSE_COMPETENCIES,
}


def new_book(folder: Path) -> tuple[tuple[Path, ...], tuple[Diagnostic, ...]]:
    """The files of the new book in `folder`, which must be empty or not there; the book is there whole or not at all."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        what = "is not empty" if folder.is_dir() else "is a file"
        remedy = "name a folder that is not there yet; nothing that stands there was touched"
        data = {"argument": "DIR", "path": str(folder)}
        message = f"DIR: `{folder}` {what}"
        return (), (Diagnostic(kinds.ARGUMENT_UNUSABLE, message, fixes=(Fix(remedy),), data=data),)
    target = folder.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            _write(unfinished / target.name)
            if target.is_dir():
                target.rmdir()  # empty, and some systems rename nothing onto a folder
            (unfinished / target.name).rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        return (), (unwritable(folder, error),)
    return tuple(folder / name for name in FILES), ()


def _write(folder: Path) -> None:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
