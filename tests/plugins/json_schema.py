# SPDX-License-Identifier: MIT
"""Implements the part of JSON Schema that plugin-sdk/schema uses. An unknown keyword is an
error, so that no rule of the schema goes unchecked."""

import json

from sdk import SDK

SCHEMA = json.loads((SDK / "schema" / "plugctl.schema.json").read_text())
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
KNOWN = {"type", "required", "properties", "additionalProperties", "items", "enum", "$ref", "description"}


def check(value, rule, path="$"):
    """Fails unless `value` obeys `rule`, a name in SCHEMA's $defs."""
    if isinstance(rule, str):
        rule = SCHEMA["$defs"][rule]
    assert set(rule) <= KNOWN, f"{path}: the schema uses {set(rule) - KNOWN}"
    if "$ref" in rule:
        check(value, rule["$ref"].removeprefix("#/$defs/"), path)
    if "type" in rule:
        assert isinstance(value, TYPES[rule["type"]]), f"{path}: {value!r} is no {rule['type']}"
        assert rule["type"] != "integer" or not isinstance(value, bool), f"{path} is a boolean"
    if "enum" in rule:
        assert value in rule["enum"], f"{path}: {value!r} is not among {rule['enum']}"
    for name in rule.get("required", ()):
        assert name in value, f"{path}: {name} is missing"
    if isinstance(value, dict) and "properties" in rule:
        more = rule.get("additionalProperties", True)
        for name, item in value.items():
            inner = rule["properties"].get(name, more)
            assert inner is not False, f"{path}: {name} is not in the schema"
            if isinstance(inner, dict):
                check(item, inner, f"{path}.{name}")
    if isinstance(value, list) and "items" in rule:
        for number, item in enumerate(value):
            check(item, rule["items"], f"{path}[{number}]")
