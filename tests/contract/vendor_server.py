"""A vendor's API for tests: a real HTTP server that keeps state, misbehaves when told to, and is
held to the vendor's published description where there is one.

A vendor's own module derives from `Vendor` and answers in `respond`; `serve` puts it on a port.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

SPECS = Path(os.environ.get("CX_SPECS", Path(__file__).parents[3] / "shared" / "specs"))
TOKEN = "a-token-that-nobody-may-see"


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Fault:
    """Misbehaviour at the next `times` requests whose path matches, after `skip` good ones.

    `status` answers so, `is_truncated` sends half of a good body, `is_cut` closes the line.
    """

    path: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    is_truncated: bool = False
    is_cut: bool = False
    seconds: float = 0
    skip: int = 0
    times: int = 1

    def hits(self, path: str) -> bool:
        if self.times <= 0 or not re.fullmatch(self.path, path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any


class Vendor(ABC):
    """The state of one account. `violations` names what broke the published description."""

    # Files below SPECS; empty where the vendor publishes none.
    descriptions: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []

    def is_known(self, asked: Asked) -> bool:
        """Whether the request bears this account's secret."""
        return asked.headers.get("Authorization") == f"Bearer {TOKEN}"

    @abstractmethod
    def respond(self, asked: Asked) -> Answer:
        """What the vendor says to a request that bears the account's secret."""

    def asked_for(self, pattern: str) -> list[Asked]:
        return [asked for asked in self.log if re.fullmatch(pattern, asked.path)]

    def answer(self, asked: Asked) -> tuple[Answer, Fault | None]:
        self.log.append(asked)
        fault = next((fault for fault in self.faults if fault.hits(asked.path)), None)
        if fault is not None and fault.seconds:
            time.sleep(fault.seconds)
        if fault is not None and fault.status is not None:
            return Answer(fault.body, fault.status, fault.headers), fault
        if not self.is_known(asked):
            return Answer({"message": f"unknown token {asked.headers}"}, 401), fault
        answer = self.respond(asked)
        if answer.status == 200:
            self.violations += problems(self.descriptions, asked, answer)
        return answer, fault


@contextmanager
def serve(vendor: Vendor) -> Iterator[str]:
    """The vendor on a free port of this machine; gives its address."""
    handler = type("Handler", (_Handler,), {"vendor": vendor})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    vendor: Vendor
    protocol_version = "HTTP/1.1"
    # One packet an answer: header and body apart wait 40 ms for each other.
    wbufsize = -1
    disable_nagle_algorithm = True

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        body = json.loads(sent) if sent.startswith((b"{", b"[")) else sent.decode()
        asked = Asked(self.command, parts.path, query, dict(self.headers), body)
        answer, fault = self.vendor.answer(asked)
        if fault is not None and fault.is_cut:
            self.close_connection = True
            return
        content = answer.body
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        if fault is not None and fault.is_truncated:
            content = content[: len(content) // 2]
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = _handle

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


def problems(descriptions: tuple[str, ...], asked: Asked, answer: Answer) -> list[str]:
    """What the published description objects to in a request or its answer."""
    for pattern, operations, components in _routes(descriptions):
        operation = operations.get(asked.method.lower())
        if operation is None or not re.fullmatch(pattern, asked.path):
            continue
        known = {
            each["name"] for each in operation.get("parameters", ()) if each.get("in") == "query"
        }
        found = [f"{asked.path}: unknown parameter {name}" for name in set(asked.query) - known]
        wanted = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        given = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        for schema, value in (
            (wanted.get("schema"), asked.body),
            (given.get("schema"), answer.body),
        ):
            if schema is not None:
                found += _objections(asked.path, schema, components, value)
        return found
    return []


def _objections(
    path: str, schema: dict[str, Any], components: dict[str, Any], value: Any
) -> list[str]:
    validator = Draft202012Validator({**schema, "components": components})
    return [
        f"{path}: {error.json_path}: {error.message[:200]}"
        for error in validator.iter_errors(value)
    ]


@cache
def _routes(
    descriptions: tuple[str, ...],
) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Paths by pattern; of a description that is not there none: `need_descriptions` says so."""
    routes = []
    for name in filter(_is_there, descriptions):
        text = (SPECS / name).read_text(encoding="utf-8")
        document = (
            yaml.load(text, Loader=yaml.CSafeLoader) if name.endswith("yaml") else json.loads(text)
        )
        document = _with_null(document)
        routes += [
            (re.sub(r"\{[^}]+\}", "[^/]+", path), operations, document["components"])
            for path, operations in document["paths"].items()
        ]
    # literal paths before those with parameters
    return sorted(routes, key=lambda route: route[0].count("[^/]+"))


def _with_null(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, as JSON Schema says it."""
    if isinstance(node, list):
        return [_with_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {name: _with_null(value) for name, value in node.items() if name != "example"}
    if made.pop("nullable", False) is not True:
        return made
    if not isinstance(made.get("type"), str):
        return {"anyOf": [made, {"type": "null"}]}
    made["type"] = [made["type"], "null"]
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def _is_there(name: str) -> bool:
    return (SPECS / name).exists()


def need_descriptions(*names: str) -> None:
    """Skips, and says why, where the published descriptions are not beside the project."""
    missing = [name for name in names if not _is_there(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not in {SPECS}: name its folder by CX_SPECS")
