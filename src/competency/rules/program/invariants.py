"""What every program must be, whoever made it. A breach is a programmer's mistake and raises; users never see one."""

from __future__ import annotations

from collections.abc import Mapping

from competency.rules.program import ir, types
from competency.rules.program.formulas import FORMULAS
from competency.rules.program.operators import OPERATORS
from competency.rules.program.types import Kind, Type

# Formulas that are not functions of known scores alone, and stand in the engines.
_OF_ROWS = {"number", "number of different", "largest number", "includes", "the"}
_QUANTIFIERS = {"all", "all before", "any", "none", "at least", "at most", "more than", "less than", "exactly"}
_ALWAYS_BOUND = {"learner", "as of"}


class BrokenProgramError(Exception):
    """A program breaks an invariant that engines rely on."""


def check_invariants(program: ir.Program) -> None:
    """Raises BrokenProgramError at the first breach.

    INVARIANT: every variable is bound where it stands; operators, formulas, tables, columns, collections and relations
    exist; conditions are truths, windows and aggregates are of rows or items; every decision of the schedule belongs to
    a rule, once, after all decisions on which it may rely within its group.
    """
    for rule in program.rules:
        _check_rule(rule, program)
    planned = [(index, codes) for index, codes in program.schedule]
    wanted = [(index, codes) for index, rule in enumerate(program.rules) for codes in rule.about]
    if sorted(planned) != sorted(wanted):
        raise BrokenProgramError("the schedule does not hold each decision of each rule once")


def _check_rule(rule: ir.Rule, program: ir.Program) -> None:
    scope: dict[str, Type] = {variable.name: types.item(variable.kind) for variable in rule.scope}
    if any(len(codes) != len(rule.scope) for codes in rule.about):
        raise BrokenProgramError(f"{rule.reference} decides items that are not those of its scope")
    labels = [clause.label for clause in rule.clauses]
    if any(labels.count(clause.label) > 1 and clause.applies is None for clause in rule.clauses):
        raise BrokenProgramError(f"{rule.reference} has a label twice")
    if rule.governs is not None:
        _truth(rule.governs, scope, program, rule)
    for let in rule.lets:
        _check(let.value, scope, program, rule)
        scope[let.name] = let.value.type
    if rule.allotment is not None:
        _allotment(rule.allotment, scope, program, rule)
    for clause in rule.clauses:
        if clause.applies is not None:
            _truth(clause.applies, scope, program, rule)
        _truth(clause.condition, scope, program, rule)
    for exception in rule.exceptions:
        _truth(exception.applies, {}, program, rule)
        for label, replacement in exception.replaces:
            if label not in labels:
                raise BrokenProgramError(f"{rule.reference}: an exception replaces `{label}`, which is no clause")
            if replacement is not None:
                if replacement.applies is not None:
                    _truth(replacement.applies, scope, program, rule)
                _truth(replacement.condition, scope, program, rule)
    for node in (rule.value, rule.assigns, rule.carnegie_units, *rule.evidence):
        if node is not None:
            _check(node, scope, program, rule)


def _allotment(allotment: ir.Allotment, scope: dict[str, Type], program: ir.Program, rule: ir.Rule) -> None:
    """Checks what draws on a pool, and binds what each slot gets."""
    inside = {**scope, allotment.variable: _row_type(allotment.pool.type)}
    _check(allotment.pool, scope, program, rule)
    _check(allotment.worth, inside, program, rule)
    for slot in allotment.slots:
        if slot.items.type != allotment.pool.type:
            raise BrokenProgramError(f"{rule.reference}: `{slot.label}` draws on other items than the pool holds")
        _check(slot.items, scope, program, rule)
        if slot.unless is not None:
            _truth(slot.unless, scope, program, rule)
        scope[f"placed {slot.name}"] = allotment.type
    scope["placed"] = allotment.type


def _truth(node: ir.Node, bound: Mapping[str, Type], program: ir.Program, rule: ir.Rule) -> None:
    if node.type != types.TRUTH:
        raise BrokenProgramError(f"{rule.reference}: a condition is {node.type.described}")
    _check(node, bound, program, rule)


def _check(node: ir.Node, bound: Mapping[str, Type], program: ir.Program, rule: ir.Rule) -> None:
    """Checks a node and everything below it, with the variables that are bound there."""
    fault = _fault(node, bound, program)
    if fault:
        raise BrokenProgramError(f"{rule.reference}: {fault}")
    inside = bound
    match node:
        case ir.Where(rows=rows, variable=variable) | ir.Quantify(rows=rows, variable=variable):
            inside = {**bound, variable: _row_type(rows.type)}
            _truth(node.condition, inside, program, rule)
            _check(rows, bound, program, rule)
            if isinstance(node, ir.Quantify) and node.amount is not None:
                _check(node.amount, bound, program, rule)
        case ir.Window() | ir.Aggregate():
            inside = {**bound, node.variable: _row_type(node.rows.type)}
            value = node.by if isinstance(node, ir.Window) else node.value
            for part in ir.parts(node):
                _check(part, inside if part is value else bound, program, rule)
        case ir.Pool():
            _check(node.items, bound, program, rule)
            _check(node.rows, {**bound, node.variable: _row_type(node.items.type)}, program, rule)
        case _:
            for part in ir.parts(node):
                _check(part, bound, program, rule)


def _row_type(rows: Type) -> Type:
    return Type(Kind.ITEM if rows.kind is Kind.ITEMS else Kind.ROW, rows.of)


def _fault(node: ir.Node, bound: Mapping[str, Type], program: ir.Program) -> str:
    """What is wrong with a node by itself."""
    match node:
        case ir.Variable(name=name) if name not in bound and name not in _ALWAYS_BOUND:
            return f"the variable `{name}` is not bound"
        case ir.Apply(operator=operator) if operator not in OPERATORS:
            return f"there is no operator `{operator}`"
        case ir.Apply(operator=operator, arguments=arguments) if not _fits(operator, node):
            kinds = ", ".join(argument.type.kind.value for argument in arguments)
            return f"`{operator}` is applied to {kinds} and gives {node.type.kind.value}"
        case ir.Aggregate(formula=formula) if formula not in FORMULAS and formula not in _OF_ROWS:
            return f"there is no formula `{formula}`"
        case ir.Aggregate(rows=rows) | ir.Where(rows=rows) | ir.Window(rows=rows) | ir.Quantify(rows=rows) if (
            rows.type.kind not in {Kind.ROWS, Kind.ITEMS}
        ):
            return f"rows are needed where {rows.type.described} stands"
        case ir.Quantify(quantifier=quantifier) if quantifier not in _QUANTIFIERS:
            return f"there is no quantifier `{quantifier}`"
        case ir.Lookup(table=table) if table not in program.tables:
            return f"there is no table `{table}`"
        case ir.Facts(table=table, matches=matches):
            return _facts_fault(table, [column for column, _ in matches], program)
        case ir.Items(relation=relation, of=None) if relation not in program.catalog.collections:
            return f"there is no collection `{relation}`"
        case ir.Choose(cases=cases) if any(condition.type != types.TRUTH for condition, _ in cases):
            return "a choice goes by something that is no condition"
        case _:
            return ""


def _fits(name: str, node: ir.Apply) -> bool:
    """Whether an operator's types are those of its arguments and of its outcome."""
    operator = OPERATORS[name]
    kinds = [argument.type.kind for argument in node.arguments]
    return operator.admits(kinds) and node.type.kind is (operator.gives or kinds[0])


def _facts_fault(table: str, columns: list[str], program: ir.Program) -> str:
    fact_type = next((fact_type for fact_type in program.fact_types if fact_type.plural == table), None)
    if fact_type is None:
        return f"there is no fact type `{table}`"
    missing = next((column for column in columns if fact_type.column(column) is None), None)
    return f"{table} have no column `{missing}`" if missing is not None else ""
