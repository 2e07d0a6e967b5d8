"""Access tokens that last a while, made of an app's id and secret (RFC 6749, section 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingestion.fetching.complaint import ChangedShape, SaidOtherwise
from ingestion.fetching.model import Connection
from ingestion.fetching.session import session_for

if TYPE_CHECKING:
    from dlt.common.configuration.specs import CredentialsConfiguration
    from requests import Response

# A new token is made before one ends, since a request may wait so long to be repeated.
_MARGIN_SECONDS = 300
_REFUSED = (400, 401)
# What an app lacks though its secret is right, as the server names it in an answer of any form.
_LACKS_RIGHT = ("app_not_installed", "shop_not_permitted", "unauthorized_client", "invalid_scope")


def client_credentials(
    account: Connection,
    path: str,
    *,
    lasts: int,
    header: str = "Authorization",
    spelled: str = "Bearer {}",
    **asked: str,
) -> CredentialsConfiguration:
    """What adds the account's token to each request, and makes another in time.

    `lasts` is how many seconds a token is good for where the answer does not say, `spelled` how
    `header` bears it, `asked` what is asked for beside it.
    """
    from dlt.common.configuration.specs import configspec
    from dlt.sources.helpers.rest_client.auth import OAuth2ClientCredentials
    from requests import HTTPError, PreparedRequest

    @configspec
    class ClientCredentials(OAuth2ClientCredentials):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            if self.access_token is None or self.is_token_expired():
                self.obtain_token()
            request.headers[header] = spelled.format(self.access_token)
            return request

        def obtain_token(self) -> None:
            try:
                super().obtain_token()
            except HTTPError as error:
                if error.response is not None and error.response.status_code in _REFUSED:
                    raise _told(error.response) from error
                raise

        def parse_access_token(self, response_json: Any) -> str:
            if not response_json.get("access_token"):
                raise ChangedShape("access_token")
            return str(response_json["access_token"])

        def parse_expiration_in_seconds(self, response_json: Any) -> int:
            lasting = response_json.get("expires_in") or self.default_token_expiration
            return int(lasting) - _MARGIN_SECONDS

    return ClientCredentials(
        access_token_url=f"{account.url}/{path}",
        client_id=account.secrets["client_id"],
        client_secret=account.secrets["client_secret"],
        access_token_request_data=asked,
        default_token_expiration=lasts,
        session=session_for(account.url),
    )


def _told(answer: Response) -> SaidOtherwise:
    lacking = next((code for code in _LACKS_RIGHT if code in answer.text), None)
    return SaidOtherwise(lacking, 403) if lacking else SaidOtherwise("invalid_client", 401)
