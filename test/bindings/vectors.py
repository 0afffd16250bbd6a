"""Runs golden vectors on the Python bindings: one vector a line in, its result a line out."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict

sys.path.append(os.path.join(os.path.dirname(__file__), "../conformance/peers/python"))
from values import fds_of, find, from_json, load_bindings, to_json  # noqa: E402


def encode(message: Any, vector: Dict[str, Any]) -> Dict[str, Any]:
    value = vector["value"]
    variant = find(message.variants, value["variant"])
    data, fds = message.encode(from_json(variant, value["fields"], list(range(value["fds"]))))
    return {"bytes": data.hex(), "fds": fds}


def decode(message: Any, vector: Dict[str, Any], fds: Any) -> Dict[str, Any]:
    data = bytes.fromhex(vector["bytes"])
    value = message.decode(data, fds, vector["policy"], vector["length"])
    return {**to_json(message, value), "kept": fds_of(message, value)}


bindings = load_bindings(sys.argv[1])
for line in sys.stdin:
    vector = json.loads(line)
    message = find(bindings.PROTOCOL.messages, vector["message"])
    fds = list(range(vector.get("fds", 0)))
    try:
        result = encode(message, vector) if vector["op"] == "encode" else decode(message, vector, fds)
    except bindings.ProtocolError as error:
        result = {"error": error.code}
    except bindings.FieldValueError:
        result = {"error": "field_value"}
    if vector["op"] == "decode":
        result["left"] = fds
    print(json.dumps(result))
