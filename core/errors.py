"""Every error a marketplace call can end in, grouped by who acts next.

* MarketplaceError
  x NeedsSeller          a person changes something first; repeating the call cannot help
    - AuthError          the credentials were refused (the channel needs you)
    - NotApproved        the marketplace has not granted this service yet
    - IpNotAllowed       our address is not registered there
    - Rejected(fields)   the data was refused; reasons stand beside the fields
    - NotFound           what we name does not exist there (any more)
  x Retryable            the worker runs the same call again, later
    - RateLimited        after `retry_after` seconds; costs no attempt
    - Unavailable        with backoff; nothing was changed there
  x OutcomeUnknown       a write may have happened: it is read back before it is sent again
  x ContractError        the plugin or the marketplace broke its promise: a developer looks

Anything that is not a MarketplaceError is treated as a ContractError. Every error has a
`text` for the seller (cause and next step), the marketplace's own `code`, and a `detail`
for the log; none of them may hold a secret or a buyer's data.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.contracts.text import Text


class MarketplaceError(Exception):
    """Base class: `text` is for sellers, `code` is the marketplace's own, `detail` for logs."""

    text_default = Text("판매채널 호출이 되지 않았습니다.", "The marketplace call failed.")

    def __init__(self, text: Text | None = None, *, code: str = "", detail: str = "") -> None:
        self.text = text or self.text_default
        self.code = code
        self.detail = detail
        super().__init__(self.text.en + (f" [{code}]" if code else ""))


class NeedsSeller(MarketplaceError):
    """Repeating the call cannot help until a person changes something."""


class AuthError(NeedsSeller):
    """The marketplace refused the credentials."""

    text_default = Text(
        "판매채널이 인증 정보를 받지 않았습니다. 채널의 연결 정보에서 키를 다시 확인해 주세요.",
        "The marketplace refused the credentials. Check the keys in the channel's connection.",
    )


class NotApproved(NeedsSeller):
    """The marketplace has not granted the service that the call needs."""

    text_default = Text(
        "판매채널이 이 서비스를 아직 승인하지 않았습니다.",
        "The marketplace has not approved this service yet.",
    )


class IpNotAllowed(NeedsSeller):
    """The address that the call came from (`address`, where it was told) is not registered."""

    text_default = Text(
        "판매채널에 이 서버의 IP가 등록되어 있지 않습니다. 판매자센터에 IP를 등록해 주세요.",
        "This server's IP is not registered at the marketplace. Register it in the seller centre.",
    )

    def __init__(
        self, text: Text | None = None, *, address: str = "", code: str = "", detail: str = ""
    ) -> None:
        super().__init__(text, code=code, detail=detail)
        self.address = address


class Rejected(NeedsSeller):
    """The marketplace refused the data; `fields` maps field names to reasons."""

    text_default = Text("판매채널이 값을 받지 않았습니다.", "The marketplace refused the data.")

    def __init__(
        self,
        text: Text | None = None,
        *,
        fields: Mapping[str, Text] | None = None,
        code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(text, code=code, detail=detail)
        self.fields = dict(fields or {})


class NotFound(NeedsSeller):
    """What the call names does not exist at the marketplace."""

    text_default = Text(
        "판매채널에 더 이상 없는 항목입니다.", "It no longer exists at the marketplace."
    )


class Retryable(MarketplaceError):
    """The same call may succeed later; nothing was changed at the marketplace."""


class RateLimited(Retryable):
    """Too many calls: go on after `retry_after` seconds."""

    text_default = Text(
        "판매채널의 호출 한도에 닿았습니다. 잠시 뒤 자동으로 이어 합니다.",
        "The marketplace's call limit was reached. It goes on by itself shortly.",
    )

    def __init__(
        self,
        text: Text | None = None,
        *,
        retry_after: float = 1.0,
        code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(text, code=code, detail=detail)
        self.retry_after = retry_after


class Unavailable(Retryable):
    """No answer or a server error, and nothing was changed."""

    text_default = Text(
        "판매채널이 응답하지 않습니다. 자동으로 다시 시도합니다.",
        "The marketplace is not answering. It is tried again by itself.",
    )


class OutcomeUnknown(MarketplaceError):
    """A write was sent and its answer was lost."""

    text_default = Text(
        "응답이 끊겨 처리 결과를 판매채널에 다시 확인하고 있습니다.",
        "The answer was lost; the outcome is being checked at the marketplace.",
    )


class ContractError(MarketplaceError):
    """The plugin or the marketplace did not keep its promise; a developer has to look."""

    text_default = Text(
        "판매채널의 응답을 이해하지 못했습니다. 저희 쪽 잘못입니다. 작업 번호와 함께 알려 주세요.",
        "The marketplace's answer was not understood. This is our fault; report the job number.",
    )
