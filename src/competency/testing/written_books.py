"""Policy books as text, chosen by a `Choose`: every construct of the grammar that means something, in books that check.

Declarations and examples are written here, rules by written_rules.py, their sentences by written_clauses.py.
"""

from __future__ import annotations

from itertools import product

from competency.testing.written_clauses import DATES, METHODS, PROGRAMS, ROLES, Choose
from competency.testing.written_rules import WrittenRules


def write_book(choose: Choose) -> str:
    """A book as text."""
    return "".join(f"{part}\n" for part in _Book(choose).parts())


class _Book(WrittenRules):
    """One book while it is written."""

    def parts(self) -> list[str]:
        """Every declaration, in an order in which the writer knows all names."""
        scales = self.scales()
        frameworks = [self.framework(name) for name in ("MATH", "MET")[: self.number(1, 2)]]
        catalog, continuum = self.catalog(), self.continuum()
        parameters, tables, facts = self.parameters(), self.tables(), self.facts()
        populations = [*self.populations(), *self.panels()]
        declared = [self.policy(), scales, self.words(), *frameworks, catalog, continuum, *parameters, *tables, *facts]
        rules = [
            *self.learner_measures(),
            *self.flags(),
            *self.skill_measures(),
            *self.competency_measures(),
            *self.mastery(),
            *self.course_rules(),
            *self.progression(),
            *self.last_flags(),
            *self.overlays(),
            *self.indicators(),
        ]
        blocks = [*declared, *populations, *rules, *self.examples()]
        language = ["language 1"] if self.maybe() else []
        return [*language, *(block for block in blocks if block)]

    # --- declarations ---

    def policy(self) -> str:
        lines = ['  cites IKF "Board Policy IKF"']
        if self.maybe():
            lines.append('  cites IKF section "1"')
        if self.maybe():
            lines.append('  version "2026.1"')
        if self.rarely():
            lines.append(f"  in effect from 2025-07-01{self.one(('', ' until 2026-12-31'))}")
        if self.rarely():
            lines.append(f"  governs learners who entered on or after {self.one(DATES)}")
        if self.maybe():
            clock, ties = self.one(("assessed", "submitted", "recorded")), self.one(("", ", ties highest first"))
            lines.append(f"  evidence ordered by date {clock}{ties}")
        if self.maybe():
            lines.append(f"  when evidence is missing: {self.one(('not yet known', 'not met'))}")
        lines.append(f"  months round {self.one(('down', 'up'))}")
        calendar = ""
        if self.maybe():
            begins = f"  school year begins {self.one(('July 1', 'August 15', 'January 1'))}\n"
            periods = ""
            if self.maybe():
                self.plan.periods = ("Fall", "Spring")
                periods = (
                    '  period "Fall" from August 1 until January 1\n  period "Spring" from January 1 until June 1\n'
                )
            calendar = f'\ncalendar "Calendar"\n  time zone "America/Denver"\n{begins}{periods}end'
        return "\n".join(['policy riverbend "Riverbend"', *lines, "end"]) + calendar

    def words(self) -> str:
        return f"roles {', '.join(ROLES)}\nmethods {', '.join(METHODS)}\nprograms {', '.join(PROGRAMS)}"

    def scales(self) -> str:
        names = ("Beginning", "Developing", "Proficient", "Extending")
        match self.one(("numbers", "range", "bare")):
            case "numbers":
                self.plan.levels = names
                levels = "\n".join(f"  {name} = {number}" for number, name in enumerate(names, start=1))
                text = f"scale Proficiency\n{levels}\nend"
            case "range":
                text = "scale Proficiency from 0 to 4"
            case _:
                self.plan.levels, self.plan.has_numbers = names, False
                text = "scale Proficiency\n  " + "\n  ".join(names) + "\nend"
        return text + ("\nscale Points from -5 to 100" if self.maybe() else "")

    def framework(self, name: str) -> str:
        codes = tuple(f"{name}.{part}" for part in ("A", "B", "C")[: self.number(1, 3)])
        self.plan.competencies[name] = codes
        lines = []
        for index, code in enumerate(codes):
            needs = f" requires {', '.join(codes[: self.number(1, index)])}" if index and self.maybe() else ""
            data = self.one(("", " with strand algebra, hours 12"))
            part = f" of {codes[0]}" if index and self.rarely() else ""
            lines.append(f'  competency {code} "Competency {code}"{needs}{part}{data}')
        if self.maybe():
            skills = tuple(f"{name}.S{index}" for index in range(self.number(1, 2)))
            self.plan.skills[name] = skills
            lines += [f'  skill {skill} "Skill {skill}" of {self.one(codes)}' for skill in skills]
        title = self.one(("", f' "Framework {name}"'))
        return "\n".join([f"framework {name}{title} scored on Proficiency", *lines, "end"])

    def catalog(self) -> str:
        if not self.maybe():
            return ""
        self.plan.courses = tuple(f"ALG{index}" for index in range(1, self.number(1, 3) + 1))
        known = [code for codes in self.plan.competencies.values() for code in codes]
        lines = []
        if self.maybe():
            self.plan.course_columns = ("subject", "weight")
            lines.append("  courses have subject text, weight number")
        for index, course in enumerate(self.plan.courses):
            covers = ", ".join(known[: self.number(1, len(known))])
            core = f" core {self.one(known)}" if self.maybe() else ""
            needs = f" requires {self.plan.courses[index - 1]}" if index and self.maybe() else ""
            data = ' with subject "math", weight 1.5' if self.plan.course_columns else ""
            worth = self.one(("1 credit", "0.5 credits"))
            same = f" equivalent to {self.plan.courses[0]}" if index and self.rarely() else ""
            lines.append(f'  course {course} "Course {course}" worth {worth} covers {covers}{core}{needs}{same}{data}')
        return "\n".join(["catalog", *lines, "end"])

    def continuum(self) -> str:
        if not self.maybe():
            return ""
        known = [code for codes in self.plan.competencies.values() for code in codes]
        self.plan.continuum = tuple(f"L{index}" for index in range(1, self.number(1, 3) + 1))
        lines = []
        for index, level in enumerate(self.plan.continuum):
            after = f" after {self.plan.continuum[index - 1]}" if index else ""
            lines.append(f'  level {level} "Level {level}"{after} covers {self.one(known)} with rating {index}')
        return "\n".join(['continuum MATH.LEVELS "Steps"', *lines, "end"])

    def parameters(self) -> list[str]:
        values = {
            "count": ("2", "3"),
            "percent": ("80%", "75%"),
            "score": ("3", "2.5"),
            "date": ("2026-01-01", "2026-02-28"),
        }
        if not self.plan.has_numbers:
            del values["score"]
        written = []
        for index in range(self.number(0, 2)):
            what = self.one(sorted(values))
            early, late = values[what]
            cut = self.one(DATES)
            periods = self.one(
                (f"  is {early}", f"  is {early} until {cut}\n  is {late} from {cut}", f"  is {early} from {cut}")
            )
            bound = f'\n  at most {max(early, late)} by "State Code 33"' if what != "date" and self.maybe() else ""
            cites = '\n  cites IKF section "2"' if self.maybe() else ""
            name = f"{what}_{index}"
            self.plan.parameters[name] = what
            written.append(f'parameter {name} "Parameter {name}"\n{periods}{bound}{cites}\nend')
        return written

    def tables(self) -> list[str]:
        if not self.plan.has_numbers or not self.maybe():
            return []
        gives = self.one(("text", "number"))
        name = f"{gives}_table"
        self.plan.tables[name] = "text" if gives == "text" else "count"
        answers = ('"A"', '"B"') if gives == "text" else ("1", "2.5")
        scores = ("less than 2", "at least 2 and less than 3.5", "at least 3.5")
        counts = self.one((("any",), ("at most 1", "more than 1"), ("less than 0", "exactly 0", "more than 0")))
        rows = [f"  row {a}, {b} gives {self.one(answers)}" for a, b in product(scores, counts)]
        head = [f'table {name} "Table {name}"', "  given rating score, tries number", f"  gives {gives}"]
        marked = 'table marked "Marks that count"\n  given mark text\n  gives condition\n'
        marked += '  row "A" gives no\n  row any other gives yes\nend'
        return ["\n".join([*head, *rows, *(["  cites IKF"] if self.maybe() else []), "end"]), marked]

    def facts(self) -> list[str]:
        if not self.maybe():
            return []
        self.plan.facts = (("conferences", "topic"),)
        columns = '  column held date required "When"\n  column topic text\n  column minutes number\n'
        return [f'fact conference listed as conferences "Talks with the family"\n{columns}end']

    def populations(self) -> list[str]:
        if not self.maybe():
            return []
        cites = self.one(("", '\n  cites IKF section "3"'))
        text = f'population late_entrants "Late"\n  learners {self.learner.selector()}{cites}\nend'
        self.plan.populations = ("late_entrants",)
        return [text]

    def panels(self) -> list[str]:
        """A panel, of which conditions may ask."""
        if not self.rarely():
            return []
        needed = self.one(("majority", "unanimity", "at least 2"))
        tie = self.one(("", "  a tie is refused\n", "  a tie is decided by teacher\n"))
        quorum = self.one(("", "  quorum 2\n"))
        self.plan.panels = ("board",)
        return [f"panel board\n  members teacher, advisor, mentor\n{quorum}  decides by {needed}\n{tie}end"]

    def overlays(self) -> list[str]:
        """A change of the flag for a time."""
        if not self.plan.flags or not self.rarely():
            return []
        which = self.one(("", "  for learners in program IEP\n"))  # nothing that could ask for the flag itself
        change = self.one(("waive recent", "require recent: number of attempts is at least 1"))
        head = 'overlay closures "Closures"\n  in effect from 2026-09-01 until 2026-12-01\n  by "Order 26"\n'
        return [f"{head}{which}  changes flag attendance\n    {change}\n  end\nend"]

    def indicators(self) -> list[str]:
        """A number about groups of learners, or a rank."""
        if not self.rarely():
            return []
        groups = self.one(("", "  for each school\n", "  for each school and graduating_class\n"))
        value = self.one(("share of learners where (", "number of learners where ("))
        hide = self.one(("", "  hide fewer than 10 learners\n"))
        body = f"  value {value}{self.learner.condition()})\n{hide}"
        if self.maybe():
            body = "  rank learners by number of attempts, highest first, ties share the worse place\n"
        return [f"indicator of_groups\n{groups}  among learners {self.learner.selector()}\n{body}end"]

    # --- examples ---

    def examples(self) -> list[str]:
        code = next(iter(self.plan.competencies.values()))[0]
        score = self.one((*self.plan.levels, "3", "2")) if self.plan.has_numbers else self.one(self.plan.levels)
        given = [
            f'  score {score} on {self.one(DATES)} by {self.one(METHODS)} from {self.one(ROLES)} rater "A" with hints 2, excused no'
        ]
        given += [
            "  given learner: entered_on 2026-08-01, birth_date 2010-02-28",
            f"  given attempt: grade 52.5, result failed, status final, ended_on {self.one(DATES)}",
            f"  given program: program {self.one(PROGRAMS)}, begins_on {self.one(DATES)}",
            "  given attendance: days_enrolled 174, days_present 156, begins_on 2026-08-01",
        ]
        expect = self.one(("met", "not met because recent", "not yet known", "not applicable", "waived"))
        known = self.one(("", f" known on {self.one(DATES)}"))
        written = [
            "\n".join(
                [
                    f'example "mastery {index}" for mastery general-MATH of {code} on 2026-11-02{known}',
                    *given[: self.number(0, len(given))],
                    f"  expect {expect}",
                    "end",
                ]
            )
            for index in range(self.number(0, 2))
        ]
        if self.plan.courses and self.maybe():
            taken = f"  given {code} is {self.one(('', 'not '))}mastered"
            head = f'example "credit" for credit course of {self.plan.courses[0]} on 2026-11-02'
            written.append(f"{head}\n{taken}\n  expect {self.one(('met', 'value 1 credit'))}\nend")
        return written
