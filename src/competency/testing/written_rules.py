"""Rules of policy books as text, chosen by a `Choose`: of every kind, in versions, with what any rule may say.

Rules rely only on those that were written before them.
"""

from __future__ import annotations

from competency.testing.written_clauses import DATES, METHODS, Choose, Plan, Sentences
from competency.testing.written_formulas import closing

_LABELS = ("recent", "breadth", "average", "share", "core", "first")


class WrittenRules:
    """The rules of one book while it is written; `plan` knows what they may speak of."""

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

    # --- what any rule may say ---

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
        """Clauses of one rule, perhaps with dates or learners of their own."""
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
        """Labels of clauses, the first always there."""
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
        """Exceptions that change one clause each."""
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
        """A flag, perhaps in two versions."""
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
        """A measure of each skill of a framework."""
        frameworks = sorted(self.plan.skills)
        if not frameworks:
            return []
        return [self.measure("practice", "skill", f"for each skill in {frameworks[0]}")]

    def competency_measures(self) -> list[str]:
        """Measures of each competency."""
        if len(self.plan.competencies) > 1:
            return []  # a measure of one framework's competencies would leave those of the other undecided
        return [
            self.measure(name, "competency", "for each competency in MATH")
            for name in ("grade", "trend")[: self.number(0, 2)]
        ]

    def mastery(self) -> list[str]:
        """Rules of mastery: a general one for each framework, and some for one competency."""
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
        """A rule of credit, and what relies on it."""
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
        """A rule of recovery with limits."""
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
        """A rule along the continuum, and a measure of each competency at each level."""
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
