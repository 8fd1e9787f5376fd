"""Policy books as text, chosen by a `Choose`: every construct of the grammar that means something, in books that check.

Declarations and rules are written here, their sentences by written_clauses.py.
"""

from __future__ import annotations

from itertools import product

from competency.testing.written_clauses import DATES, METHODS, PROGRAMS, ROLES, Choose, Plan, Sentences
from competency.testing.written_formulas import closing

_LABELS = ("recent", "breadth", "average", "share", "core", "first")


def write_book(choose: Choose) -> str:
    """A book as text."""
    return "".join(f"{part}\n" for part in _Book(choose).parts())


class _Book:
    """One book while it is written. Rules rely only on those that were written before them."""

    def __init__(self, choose: Choose) -> None:
        self.plan = Plan(choose)
        self.one = choose.one
        self.number = choose.number
        self.learner = Sentences(self.plan, "")

    def maybe(self) -> bool:
        """Yes or no; no is the simpler one."""
        return self.one((False, True))

    def rarely(self) -> bool:
        """Yes in one of four cases: for what would leave most learners without a decision."""
        return self.one((False, False, False, True))

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

    # --- rules ---

    def in_versions(self) -> tuple[str, ...]:
        """One version, or two by which day or learner it is."""
        if not self.rarely():
            return ("",)
        day = self.one(DATES)
        return self.one(
            (
                (f"  in effect until {day}", f"  in effect from {day}"),
                (f"  for learners who entered before {day}", f"  for learners who entered on or after {day}"),
            )
        )

    def rule(self, kind: str, name: str, about: str, scope: str, body: list[str], version: str = "") -> str:
        """A rule with what any rule may say, around its own lines."""
        cites = self.one(("", "  cites IKF", '  cites IKF section "4(b)"'))
        extra = [each for each in (cites, version) if each]
        if not version:
            extra += self.when_and_whom(about)
        if self.maybe() and about == "competency":
            extra.append("  evidence ordered by date submitted")
        if kind in {"mastery", "credit"}:
            standing = self.one(("", "", "  reassessed", "  stands for 3 school years", "  stands for 18 months"))
            extra += [standing] if standing else []
        title = self.one(("", f' "Rule {name}"'))
        return "\n".join([f"{kind} {name}{title}", *([f"  {scope}"] if scope else []), *extra, *body, "end"])

    def when_and_whom(self, about: str) -> list[str]:
        """On which days a rule decides, and about whom."""
        extra = []
        if self.rarely():
            by = " by latest ended_on of attempts of the course" if about == "course" and self.maybe() else ""
            extra.append(f"  in effect from {self.one(DATES)}{by}")
        if self.rarely():
            extra.append(f'  {self.one(("enacted on", "delayed until", "repealed on"))} 2026-10-20 by "Act 7"')
        if self.rarely():
            extra.append(f"  for learners {self.learner.selector()}")
        return extra

    def requirements(self, sentences: Sentences, labels: tuple[str, ...]) -> list[str]:
        cites = self.one(("", "", " cites IKF", ' cites IKF section "4(a)"'))
        since = self.one(DATES)
        when = self.one(
            ("", "", f" from {since}", f" until {since}", f" for learners {self.learner.selector()}")
            + ((" from 2025 by latest school_year of attempts of the course",) if sentences.kind == "course" else ())
        )
        periods = ["", *([when] * (len(labels) - 1))]  # one clause is always there: a rule asks something of everybody
        written = [
            f"  require {label}{cites}{period}: {self.clause(sentences)}"
            for label, period in zip(labels, periods, strict=True)
        ]
        return [*written, f"  report noted{cites}: {sentences.condition()}"] if self.rarely() else written

    def clause(self, sentences: Sentences) -> str:
        """A condition, or a menu of some."""
        if not self.rarely():
            return sentences.condition()
        options = "".join(f"\n    option {label}: {sentences.condition()}" for label in self.labels())
        return f"{self.one(('at least 1 of', 'all of', 'none of', 'at least 50% of'))} these{options}\n  end"

    def labels(self) -> tuple[str, ...]:
        return _LABELS[: self.number(1, 3)]

    def lets(self, sentences: Sentences) -> list[str]:
        """Named values: rows, a pool, a score."""
        written = []
        if self.maybe():
            rows = sentences.scores(windowed=False)
            if sentences.kind == "competency" and self.plan.skills:
                window = self.one(("best up to 2", "latest up to 3", "first 1"))
                rows = self.one((rows, f"for each skill of it, the {window} scores by {self.one(METHODS)}"))
            written.append(f"  let kept be {rows}")
            sentences.lets["kept"] = "rows"
        if self.maybe():
            value = sentences.score()
            written.append(f"  let seen be {value}")
            sentences.lets["seen"] = "score"
        return written

    def exceptions(self, sentences: Sentences, labels: tuple[str, ...]) -> list[str]:
        written = []
        names = ("iep", "late", "older")[: self.number(0, 3)]
        for index, name in enumerate(names):
            before = f" before {', '.join(names[index + 1 :])}" if names[index + 1 :] else ""
            label = self.one(labels)
            change = self.one((f"    require {label}: {sentences.condition()}", f"    waive {label}"))
            cites = ['    cites IKF section "4(c)"'] if self.maybe() else []
            head = f"  except {name}{before} for learners {self.learner.selector()}"
            written.append("\n".join([head, *cites, change, "  end"]))
        return written

    def flags(self) -> list[str]:
        if not self.maybe():
            return []
        written = [
            self.rule("flag", "attendance", "", "", self.requirements(self.learner, self.labels()), version)
            for version in self.in_versions()
        ]
        self.plan.flags = ("attendance",)
        return written

    def learner_measures(self) -> list[str]:
        """Measures about the learner alone: a word, a day, an amount, a number."""
        values = {
            "favourite": f"mode with ties {self.one(('newest', 'highest', 'lowest', 'none'))} of methods of scores",
            "last_day": f"{self.one(('latest day of scores', 'first day of scores', 'the highest of days of scores'))}",
            "paid": f"50 dollars * number of {self.one(('attempts', 'passed attempts'))}",
            "tries": self.learner.count(),
        }
        named = tuple(sorted(values))[: self.one((0, 0, 2, 4))]
        written = [self.rule("measure", name, "", "", [f"  value {values[name]}"]) for name in named]
        self.plan.of_learners = named
        return written

    def measure(self, name: str, kind: str, scope: str) -> str:
        """A measure of a score."""
        sentences = Sentences(self.plan, kind)
        lets = self.lets(sentences)
        required = self.requirements(sentences, self.labels()) if self.maybe() else []
        value = sentences.score()
        if self.plan.has_numbers:
            choice = f"if {sentences.condition()} then {sentences.cut()} otherwise if {sentences.condition()} then 2 otherwise {value}"
            value = self.one((value, choice))
        text = self.rule("measure", name, kind, scope, [*lets, *required, f"  value {value}"])
        self.plan.measures.setdefault(kind, []).append(name)
        return text

    def skill_measures(self) -> list[str]:
        frameworks = sorted(self.plan.skills)
        if not frameworks:
            return []
        return [self.measure("practice", "skill", f"for each skill in {frameworks[0]}")]

    def competency_measures(self) -> list[str]:
        if len(self.plan.competencies) > 1:
            return []  # a measure of one framework's competencies would leave those of the other undecided
        return [
            self.measure(name, "competency", "for each competency in MATH")
            for name in ("grade", "trend")[: self.number(0, 2)]
        ]

    def mastery(self) -> list[str]:
        written = []
        for name, codes in self.plan.competencies.items():
            scopes = [(f"general-{name}", f"for each competency in {name}")]
            if self.maybe():
                scopes.append((f"named-{name}", f"for competency {self.one(codes)}"))
            for rule, scope in scopes:
                written += [
                    self.rule("mastery", rule, "competency", scope, self.mastered(), version)
                    for version in self.in_versions()
                ]
        self.plan.concludes = ("mastered",)
        return written

    def mastered(self) -> list[str]:
        """The lines of a rule of mastery."""
        sentences = Sentences(self.plan, "competency")
        lets, labels = self.lets(sentences), self.labels()
        body = [*lets, *self.requirements(sentences, labels), *self.exceptions(sentences, labels)]
        if self.maybe():
            body.append(f"  require prior: {self.one(('all', 'any of', 'none of'))} prerequisites are mastered")
        if self.maybe():
            body.append(f"  when evidence is missing: {self.one(('not met', 'not yet known', 'not applicable'))}")
        return body

    def course_rules(self) -> list[str]:
        if not self.plan.courses:
            return []
        sentences = Sentences(self.plan, "course")
        labels = self.labels()
        body = [
            "  worth the credits of the course",
            *self.requirements(sentences, labels),
            *self.exceptions(sentences, labels),
            f'  transcript mark "M"{self.one(("", ", in GPA", ", not in GPA"))}',
        ]
        if self.maybe():
            body.append("  counts as 1 Carnegie unit per credit")
        written = [self.rule("credit", "course", "course", "for each course in catalog", body)]
        self.plan.concludes = ("mastered", "credited")
        if self.maybe():
            written.append(self.recovery())
            self.plan.concludes = (*self.plan.concludes, "recoverable")
        if self.maybe():
            written.append(self.diploma())
            self.plan.concludes = (*self.plan.concludes, "completed")
        if self.maybe():
            most = self.one(("", "\n  assign at most 2"))
            written.append(f"pathway next\n  assign the courses in catalog that are not credited{most}\nend")
        if self.maybe():
            body = self.requirements(Sentences(self.plan, "course"), ("earned",))
            amount = self.one(("493.44 dollars * 2 * credits", "100 dollars", "50 dollars * credits of the course / 2"))
            written.append(
                self.rule("measure", "funding", "course", "for each course in catalog", [*body, f"  amount {amount}"])
            )
        return written

    def diploma(self) -> str:
        """Requirements that draw on the credited courses."""
        sentences = Sentences(self.plan, "")
        counted = self.one(("credits", "courses"))
        drawn = [
            f"  require {label}: at least {self.one(('1', '2'))} {counted} from courses{which}"
            for label, which in zip(
                ("area", "second", "rest"),
                (
                    self.one(("", ' with subject "Mathematics"')),
                    f" where (credits is at least {self.one(('0.5', '1'))} credits) or ({sentences.condition()})",
                    "",
                ),
                strict=True,
            )
        ]
        once = self.one(("", "  each course counts once", "  may count twice: area with second, rest"))
        body = ["  counts courses that are credited", *drawn, *([once] if once else [])]
        return self.rule("diploma", "standard", "", "", body)

    def recovery(self) -> str:
        sentences = Sentences(self.plan, "course")
        limits = [
            f"  limit attempts to {self.number(0, 2)}{self.one(('', ' per school year'))}, then {self.one(('refuse', 'report'))}",
            "  limit credits recovered to 2 per school year, then report",
            "  limit credits recovered to 7 in all, then refuse",
        ]
        body = [
            *self.requirements(sentences, self.labels()),
            f"  assign the {self.one(('', 'core '))}competencies of the course that are not mastered",
            *limits[: self.number(0, 3)],
        ]
        return self.rule("recovery", "course", "course", "for each course in catalog", body)

    def progression(self) -> list[str]:
        if not self.plan.continuum:
            return []
        sentences = Sentences(self.plan, "level")
        body = [*self.lets(sentences), "  reach a level when", *self.requirements(sentences, self.labels())]
        written = [self.rule("progression", "steps", "level", "along continuum MATH.LEVELS", body)]
        self.plan.concludes = (*self.plan.concludes, "reached")
        if self.maybe():
            counted = (
                f"number of scores{self.one(('', ' that are at least 2', ' by test'))}"
                if self.plan.has_numbers
                else "number of scores"
            )
            scope = "for each competency in MATH\n  along continuum MATH.LEVELS"
            body = [f"  value {counted} with level exactly (level)"]
            written.append(self.rule("measure", "at_level", "", scope, body))
        return written

    def last_flags(self) -> list[str]:
        """A flag that relies on everything before it."""
        if not self.maybe():
            return []
        conditions = [f"  require {label}: {closing(self.learner)}" for label in self.labels()]
        return [self.rule("flag", "at_the_end", "", "", conditions)]

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
