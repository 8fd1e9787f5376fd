"""Every kind of diagnostic, once. A code is never reused; each has a page under docs/diagnostics.

CBE0xx reading texts, CBE1xx grammar, CBE2xx names, CBE3xx types and units, CBE4xx rules as a whole, CBE5xx tables and
parameters, CBE6xx frameworks and catalogs, CBE7xx facts, CBE8xx examples and decisions (from CBE851 on, records), CBE9xx lints.
"""

from __future__ import annotations

from competency.diagnostics.diagnostic import DiagnosticKind, Severity

ALL: dict[str, DiagnosticKind] = {}


def _kind(code: str, name: str, summary: str, severity: Severity = Severity.ERROR) -> DiagnosticKind:
    if code in ALL:
        raise ValueError(f"diagnostic code {code} is taken")
    kind = DiagnosticKind(code, name, severity, summary)
    ALL[code] = kind
    return kind


FILE_MISSING = _kind("CBE001", "missing-file", "A file that is named is not there.")
FILE_ENCODING = _kind("CBE002", "other-encoding", "A text is not UTF-8.")
FILE_TOO_LARGE = _kind("CBE003", "large-file", "A file is larger than the limit.")
FORBIDDEN_CHARACTER = _kind("CBE004", "forbidden-character", "A text holds a character that can hide or reverse words.")
BOOK_SETTINGS = _kind("CBE005", "book-settings", "competency.toml cannot be read or misses a setting.")
ARGUMENT_UNUSABLE = _kind("CBE006", "unusable-argument", "An argument of a command cannot be used.")
FILE_UNWRITABLE = _kind("CBE007", "unwritable-file", "A file cannot be written.")
CLAUSES_UNUSABLE = _kind(
    "CBE008", "clause-list", "The list of a document's clauses cannot be used, or the rules contradict it."
)

UNEXPECTED_WORD = _kind("CBE101", "unexpected-word", "A word stands where the language expects another one.")
UNFINISHED_TEXT = _kind("CBE102", "unfinished-text", "A block or sentence is not finished.")
UNKNOWN_CHARACTER = _kind("CBE103", "unknown-character", "A character is not part of the language.")
NESTING_LIMIT = _kind("CBE104", "deep-nesting", "Conditions are nested deeper than the limit.")
IMPOSSIBLE_DATE = _kind("CBE105", "impossible-date", "A date is not in the calendar.")
CLAUSE_LIMIT = _kind("CBE106", "long-clause", "A clause or block is longer than the limit.")

UNKNOWN_COMPETENCY = _kind("CBE201", "unknown-competency", "A competency is not in any framework of the book.")
UNKNOWN_NAME = _kind("CBE202", "unknown-name", "A name of some kind is not declared.")
DUPLICATE_NAME = _kind("CBE203", "duplicate-name", "One name is declared twice.")
UNKNOWN_PHRASE = _kind("CBE204", "unknown-phrase", "A noun or phrase is not in the vocabulary of the book.")
MISPLACED_PHRASE = _kind("CBE205", "misplaced-phrase", "A phrase cannot be said of what stands before it.")
AMBIGUOUS_NAME = _kind("CBE206", "ambiguous-name", "A name can mean two things here.")
UNKNOWN_CLAUSE = _kind("CBE207", "unknown-clause", "A clause label is not in the rule.")

TYPE_MISMATCH = _kind("CBE301", "unit-mismatch", "Two things are compared or combined that have different units.")
NEEDS_NUMBERS = _kind("CBE302", "scale-without-numbers", "A formula needs numbers and the scale has none.")
PARAMETER_RANGE = _kind("CBE303", "formula-setting", "A setting of a formula is outside its range.")
CALENDAR_ARITHMETIC = _kind("CBE304", "month-arithmetic", "Adding months needs a stated way to round.")
NEVER_TRUE = _kind("CBE305", "impossible-comparison", "A comparison can never, or must always, hold.", Severity.WARNING)

RULE_CYCLE = _kind("CBE401", "rule-cycle", "Rules depend on each other in a circle.")
OVERLAPPING_RULES = _kind("CBE402", "overlapping-rules", "Two rules conclude the same about one item.")
CONFLICTING_EXCEPTIONS = _kind("CBE403", "conflicting-exceptions", "Two exceptions can apply to one learner.")
DUPLICATE_CLAUSE = _kind("CBE404", "duplicate-clause", "A label stands twice in one rule.")
EMPTY_RULE = _kind("CBE405", "empty-rule", "A rule requires or computes nothing.")
MISSING_RULE = _kind("CBE406", "missing-rule", "A rule relies on a conclusion that no rule draws.")
POLICY_MISSING = _kind("CBE407", "missing-policy", "A book has no policy, or more than one where one is needed.")
MISPLACED_CLAUSE = _kind("CBE408", "misplaced-clause", "A line does not belong into this kind of block.")
HOLE_BETWEEN_VERSIONS = _kind("CBE409", "hole-between-versions", "Two versions of a rule leave somebody ungoverned.")
OVERLAY_OPEN = _kind("CBE410", "open-overlay", "An overlay has no end, or nobody's authority.")
ASKS_NOTHING = _kind("CBE431", "asks-nothing", "A rule asks nothing of some learners, or on some days.")

OVERLAPPING_ROWS = _kind("CBE501", "overlapping-rows", "Two rows of a table answer the same question.")
HOLE_IN_TABLE = _kind("CBE502", "hole-in-table", "A table has no row for some values.")
OVERLAPPING_PERIODS = _kind("CBE503", "overlapping-periods", "Two values of a parameter are in effect on one day.")
HOLE_IN_PERIODS = _kind("CBE504", "hole-in-periods", "A parameter has no value on some days.")
ROW_SHAPE = _kind("CBE505", "row-shape", "A row has more or fewer cells than its table.")

FRAMEWORK_UNREADABLE = _kind("CBE601", "unreadable-framework", "A framework file is not a CASE package.")
FRAMEWORK_FAULT = _kind("CBE602", "framework-fault", "An entry of a framework file breaks the CASE specification.")
PREREQUISITE_CYCLE = _kind("CBE603", "prerequisite-cycle", "Prerequisites, children or levels form a circle.")
CATALOG_HEADER = _kind("CBE604", "catalog-header", "A catalog table has a wrong header.")
CATALOG_ROW = _kind("CBE605", "catalog-row", "A row of a catalog table cannot be read.")
FRAMEWORK_TOLERATED = _kind(
    "CBE606", "tolerated-framework-fault", "A framework file has a fault that does not matter.", Severity.WARNING
)

FACTS_HEADER = _kind("CBE701", "facts-header", "A fact table has a wrong header.")
FACTS_ROW = _kind("CBE702", "facts-row", "A row of a fact table cannot be read.")
FACTS_REFERENCE = _kind("CBE703", "unknown-reference", "A row speaks of a learner or item that is not known.")
FACTS_UNREADABLE = _kind("CBE704", "unreadable-facts", "A fact file cannot be read.")
CONNECTOR_FAILED = _kind("CBE705", "failing-connector", "A connector stopped with an error of its own.")
CONNECTOR_UNKNOWN = _kind("CBE706", "unknown-connector", "No installed plugin has a connector of that name.")
FACTS_UNREAD = _kind("CBE707", "unread-table", "A file among the facts is no table that is declared.", Severity.WARNING)
FACTS_EMPTY = _kind("CBE708", "empty-table", "A table of facts has no rows.", Severity.WARNING)

EXAMPLE_FAILED = _kind("CBE801", "failing-example", "An example expects another decision than the rules give.")
DECISION_FAILED = _kind("CBE802", "failing-decision", "A decision could not be made.")
UNKNOWN_LEARNER = _kind("CBE803", "unknown-learner", "A learner is not in the facts.")
FORMULA_INPUT = _kind("CBE804", "formula-input", "The scores given to a formula cannot be read.")

RECORDS_UNUSABLE = _kind("CBE851", "unusable-records", "The records cannot be read or written.")
RECORDS_VERSION = _kind("CBE852", "records-version", "The records are of an older or a newer version of this program.")
RECORDS_ALTERED = _kind("CBE853", "altered-records", "The records are not what was entered.")
CLOCK_BEHIND = _kind("CBE854", "clock-behind", "The computer's clock stands before the newest entry of the records.")
BOOK_UNPUBLISHED = _kind("CBE855", "unpublished-book", "A book is not the one that is published in the records.")
BUNDLE_REFUSED = _kind(
    "CBE856", "refused-bundle", "A published book is refused: unsigned, altered, older, wrongly signed."
)
ACT_REFUSED = _kind(
    "CBE857", "refused-act", "An award, revocation, waiver or correction does not fit what is recorded."
)
ACT_UNCONFIRMED = _kind("CBE858", "unconfirmed-act", "An act that changes decisions was not confirmed.")
REPLAY_DIFFERS = _kind("CBE859", "differing-replay", "A recorded decision is not what comes out today.")
BOOK_NOT_IN_FORCE = _kind(
    "CBE861", "book-not-in-force", "It is decided by a book that is not the one in force.", Severity.WARNING
)
BACKUP_UNUSABLE = _kind("CBE860", "unusable-backup", "A backup cannot be restored.")

UNUSED_DECLARATION = _kind("CBE901", "unused-declaration", "Something is declared and never used.", Severity.WARNING)
UNCITED_RULE = _kind("CBE902", "uncited-rule", "A rule does not say where it comes from.", Severity.WARNING)
UNTESTED_RULE = _kind("CBE903", "untested-rule", "A rule has no example.", Severity.WARNING)
SEAT_TIME = _kind("CBE904", "seat-time", "Time alone suffices for this rule.", Severity.WARNING)
RATIO_BESIDE_NUMBER = _kind(
    "CBE906", "ratio-beside-number", "A ratio is compared with a number above 1.", Severity.WARNING
)
OVERRIDES = _kind("CBE905", "override", "A rule for a named item overrides the general one.", Severity.NOTE)
