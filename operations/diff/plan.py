"""What one plan changes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from operations.diff.cautions import cautions
from operations.diff.differences import Difference, as_json, differences, is_json

STATEFUL = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_db_instance",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_route53_zone",
        "aws_s3_bucket",
    }
)
"""The types whose resources hold what no deployment brings back."""

VERBS = {
    ("create",): "add",
    ("update",): "change",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
    ("delete",): "destroy",
    ("forget",): "forget",
}
"""What is done by each list of actions; one that is not here is a change.

https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

NOTHING = {("no-op",), ("read",)}

VALUE_LIMIT = 120
CONTEXT = 40
"""Characters of a value that is shown whole, and of those that stay beside a difference in a longer one."""

MOST_COMPARED = 200_000
"""The product of the words of two texts, above which they are shown whole: to compare them takes too long."""

SENSITIVE = "(sensitive)"
UNKNOWN = "(known after apply)"


@dataclass(frozen=True)
class Attribute:
    """One attribute of a resource, before and after; sensitive and unknown values are named as such."""

    name: str
    """That of the attribute, and the path to the part in which it differs."""
    before: str | None
    """None of a part that is new, as `after` of one that is gone."""
    after: str | None
    forces_replacement: bool = False


@dataclass(frozen=True)
class Change:
    """One resource or output that the plan changes; `attributes` are told where there is a before and an after."""

    address: str
    verb: str
    attributes: tuple[Attribute, ...] = ()
    loses_data: bool = False
    cautions: tuple[str, ...] = ()


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Every change of a plan in Terraform's JSON, in its order.

    What only moves to another address in the state, or is imported into it, is one. What Terraform only reads, or found
    changed without wanting to change it back, is none.
    """
    resources = [_change(resource["address"], resource) for resource in plan.get("resource_changes", [])]
    outputs = [
        _change(f"output.{name}", {"type": "output", "change": change})
        for name, change in plan.get("output_changes", {}).items()
    ]
    return [change for change in resources + outputs if change]


def _change(address: str, resource: Mapping[str, Any]) -> Change | None:
    change = resource["change"]
    actions = tuple(change["actions"])
    in_state = list(_in_state(address, resource))
    if actions in NOTHING:
        return Change(address, "import" if change.get("importing") else "move", tuple(in_state)) if in_state else None
    if resource["type"] == "output":
        change = {
            "before": {"value": change.get("before")},
            "after": {"value": change.get("after")},
            "after_unknown": {"value": change.get("after_unknown")},
            "before_sensitive": {"value": change.get("before_sensitive")},
            "after_sensitive": {"value": change.get("after_sensitive")},
        }
    verb = VERBS.get(actions, "change")
    attributes = _attributes(change) if verb in {"change", "replace"} else ()
    return Change(
        address,
        verb,
        (*in_state, *attributes),
        loses_data="delete" in actions and resource["type"] in STATEFUL,
        cautions=tuple(cautions({**resource, "change": change})),
    )


def _in_state(address: str, resource: Mapping[str, Any]) -> Iterator[Attribute]:
    """Under which address or id it was before the state has it here."""
    if before := resource.get("previous_address"):
        yield Attribute("address", before, address)
    if imported := resource["change"].get("importing"):
        yield Attribute("address", f"imported from {imported.get('id', UNKNOWN)}", address)


def _attributes(change: Mapping[str, Any]) -> Iterator[Attribute]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change.get("after_unknown") or {}
    forcing = {path[0] for path in change.get("replace_paths", []) if path}
    for name in sorted(before.keys() | after.keys() | unknown.keys()):
        is_unknown = _any(unknown.get(name))
        if before.get(name) == after.get(name) and not is_unknown:
            continue
        if _any(_of(change.get("before_sensitive"), name)) or _any(_of(change.get("after_sensitive"), name)):
            shown = [Difference("", SENSITIVE, SENSITIVE)]
        elif is_unknown:
            shown = [Difference("", _beginning(as_json(before.get(name))), UNKNOWN)]
        else:
            shown = _shown(before.get(name), after.get(name))
        for path, old, new in shown:
            yield Attribute(f"{name}{path}", old, new, forces_replacement=name in forcing)


def _of(marks: object, name: str) -> object:
    """What is marked of an attribute; a resource that is sensitive as a whole is marked by a bare `true`."""
    return marks.get(name) if isinstance(marks, Mapping) else marks


def _any(marks: object) -> bool:
    """Whether anything in a value is marked: Terraform gives `true` in the place of what is."""
    if isinstance(marks, Mapping):
        return any(_any(mark) for mark in marks.values())
    if isinstance(marks, list):
        return any(_any(mark) for mark in marks)
    return marks is True


def _shown(before: object, after: object) -> list[Difference]:
    """Both values if they are short, and else the parts in which they differ; texts that are JSON always by parts."""
    whole = as_json(before), as_json(after)
    if max(map(len, whole)) <= VALUE_LIMIT and not (is_json(before) and is_json(after)):
        return [Difference("", *whole)]
    parts = differences(before, after) or [Difference("", *whole)]  # JSON that says the same is written otherwise
    return [
        Difference(path, *_excerpts(old, new)) if old and new else Difference(path, old, new)
        for path, old, new in parts
    ]


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Both values, and where they are long, all in which they differ with a little of what is beside it."""
    if max(len(before), len(after)) <= VALUE_LIMIT:
        return before, after
    old, new = (re.findall(r"\w+|\W", text) for text in (before, after))
    if len(old) * len(new) > MOST_COMPARED:
        return before, after
    shown: tuple[list[str], list[str]] = [], []
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        parts = "".join(old[old_start:old_end]), "".join(new[new_start:new_end])
        if tag == "equal":
            parts = (_shortened(parts[0], begins=not old_start, ends=old_end == len(old)),) * 2
        for texts, part in zip(shown, parts, strict=True):
            texts.append(part)
    return "".join(shown[0]), "".join(shown[1])


def _shortened(same: str, *, begins: bool, ends: bool) -> str:
    """Of what two values have in common, that which is beside a difference."""
    kept = ("" if begins else same[:CONTEXT]), ("" if ends else same[-CONTEXT:])
    return same if len(same) <= sum(map(len, kept)) else "…".join(kept)


def _beginning(text: str) -> str:
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}…"
