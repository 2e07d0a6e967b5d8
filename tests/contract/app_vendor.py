"""A vendor for tests whose apps make access tokens of an id and a secret."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import parse_qsl

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

CLIENT, SECRET = "the-app", "a-secret-of-the-app"


class AppVendor(Vendor):
    """Where tokens are made, what is asked for beside id and secret, and how long they are good:
    for `seconds` as it says (None: it does not), and for so many requests in truth.
    """

    token_path = ""
    asked_beside: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__()
        self.seconds: int | None = None
        self.good_for = math.inf
        self.left = {TOKEN: math.inf}

    def token_of(self, asked: Asked) -> str:
        return asked.headers.get("Authorization", "").removeprefix("Bearer ")

    def is_known(self, asked: Asked) -> bool:
        if asked.path == self.token_path:
            return True
        token = self.token_of(asked)
        self.left[token] = self.left.get(token, 0) - 1
        return self.left[token] >= 0

    def make_token(self, asked: Asked) -> Answer:
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        if dict(parse_qsl(asked.body)) != {**wanted, **self.asked_beside}:
            return Answer({"error": "invalid_client"}, 400)
        token = f"made-{len(self.left)}"
        self.left[token] = self.good_for
        lasting = {} if self.seconds is None else {"expires_in": self.seconds}
        return Answer({"access_token": token, "token_type": "Bearer", **lasting})
