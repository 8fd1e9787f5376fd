"""One mastery rule, stated four times: in this language, in ZEN, CEL and rule-engine. README.md says what each does not do.

A peer is a function from one competency's prepared evidence, oldest first, to the outcome in words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import celpy
import rule_engine
import zen
from celpy.adapter import json_to_cel
from generated_book import competency_codes

from competency.model.facts import LearnerFacts

Prepared = dict[str, Any]
"""`evidence`: a list of score (a whole number), method and role, oldest first."""

_ITEMS = "\n".join(f'  competency {code} "Step {number}"' for number, code in enumerate(competency_codes(30), start=1))

RULE_TEXT = f"""language 1
policy alone "The mastery rule alone"
  evidence ordered by date assessed
  when evidence is missing: not yet known
end
scale Proficiency
  Beginning  = 1
  Developing = 2
  Proficient = 3
  Extending  = 4
end
roles   teacher, advisor, mentor, family, peer
methods test, project, portfolio, exhibition, narrative
framework MATH scored on Proficiency
{_ITEMS}
end
mastery standard "Mastery of a mathematics competency"
  for each competency in MATH
  require recent:  average of the latest up to 3 scores is at least Proficient
  require breadth: number of different methods is at least 2
  require adult:   number of scores by rater not peer is at least 1
end
"""

# A slice in ZEN has both its ends in it.
ZEN_RULE = """
len(evidence) == 0 ? "not yet known"
: avg(map(evidence, #.score)[max([len(evidence) - 3, 0]):len(evidence) - 1]) >= 3
  and some(evidence, #.method != evidence[0].method)
  and count(evidence, #.role != "peer") >= 1 ? "met"
: "not met"
"""

# CEL has neither slices nor sums: the latest three are reached by their places, and added up by hand.
CEL_RULE = """
size(evidence) == 0 ? "not yet known"
: evidence[size(evidence) - 1].score
    + (size(evidence) > 1 ? evidence[size(evidence) - 2].score : 0)
    + (size(evidence) > 2 ? evidence[size(evidence) - 3].score : 0)
    >= 3 * (size(evidence) > 2 ? 3 : size(evidence))
  && evidence.exists(one, one.method != evidence[0].method)
  && evidence.exists(one, one.role != "peer") ? "met"
: "not met"
"""

# rule-engine has slices with open ends and comprehensions, but no average.
RULE_ENGINE_RULE = """
evidence.is_empty ? "not yet known"
: ($sum([one["score"] for one in evidence[-3:]]) >= 3 * $min([3, evidence.length])
   and $any([one["method"] != evidence[0]["method"] for one in evidence])
   and $any([one["role"] != "peer" for one in evidence])) ? "met"
: "not met"
"""


def inputs(facts: LearnerFacts, codes: Sequence[str]) -> dict[str, Prepared]:
    """What the peers are given: each competency's evidence, gathered, ordered and cut to what the rule reads."""
    by_code: dict[str, list[Mapping[str, Any]]] = {code: [] for code in codes}
    for row in sorted(facts.of("evidence"), key=lambda row: (row.values["assessed_on"], row.id)):
        by_code[str(row.values["competency"])].append(row.values)
    return {
        code: {"evidence": [{"score": int(row["score"]), "method": row["method"], "role": row["role"]} for row in rows]}
        for code, rows in by_code.items()
    }


def engines() -> dict[str, Callable[[Prepared], str]]:
    """Each peer with its rule compiled beforehand."""
    return {
        "zen-engine, decision": _zen_decision(),
        "zen-engine, expression": _zen_expression(),
        "cel-python": _cel(),
        "rule-engine": _rule_engine(),
    }


def _zen_decision() -> Callable[[Prepared], str]:
    """A decision graph of one expression node: what ZEN's editor makes and its engine is sold for."""
    rule = " ".join(ZEN_RULE.split())
    content = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {
                "id": "rule",
                "name": "rule",
                "type": "expressionNode",
                "content": {"expressions": [{"id": "outcome", "key": "outcome", "value": rule}]},
            },
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "first", "sourceId": "in", "targetId": "rule", "type": "edge"},
            {"id": "second", "sourceId": "rule", "targetId": "out", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(json.dumps(content)))
    return lambda given: str(decision.evaluate(given)["result"]["outcome"])


def _zen_expression() -> Callable[[Prepared], str]:
    """The bare expression, without the graph around it."""
    expression = zen.compile_expression(" ".join(ZEN_RULE.split()))
    return lambda given: str(expression.evaluate(given))


def _cel() -> Callable[[Prepared], str]:
    environment = celpy.Environment()
    program = environment.program(environment.compile(CEL_RULE))
    return lambda given: str(program.evaluate({"evidence": json_to_cel(given["evidence"])}))


def _rule_engine() -> Callable[[Prepared], str]:
    """Without declared types, which it would compare with the values of each evaluation: that takes longer."""
    rule = rule_engine.Rule(" ".join(RULE_ENGINE_RULE.split()))
    return lambda given: str(rule.evaluate(given))
