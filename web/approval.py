"""What a channel waits for until its marketplace approves it: since when, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from core import business_days, clock, registry
from core.contracts.marketplace import Service
from core.contracts.text import Text
from core.models import Channel
from web.i18n import day


@dataclass(frozen=True)
class Awaited:
    """A service that is not approved yet. `passed` counts business days since `since`.

    It usually comes between the days `earliest` and `latest`.
    """

    service: str
    text: Text
    since: datetime
    passed: int
    usual: tuple[int, int]
    earliest: date
    latest: date

    @property
    def overdue(self) -> bool:
        """Whether it takes longer than usual."""
        return self.latest < clock.kst(clock.now()).date()

    @property
    def title(self) -> str:
        """What is awaited."""
        return str(_("%(service)s 승인을 기다리고 있습니다", service=self.service))

    @property
    def progress(self) -> str:
        """Since when, and how many business days have passed of how many."""
        return str(
            _(
                "%(when)s부터 %(n)s영업일이 지났습니다. 보통 %(least)s~%(most)s영업일이 걸립니다.",
                when=day(self.since),
                n=self.passed,
                least=self.usual[0],
                most=self.usual[1],
            )
        )

    @property
    def expected(self) -> str:
        """When it may be expected, or what to do when that is over."""
        if self.overdue:
            return str(
                _("보통 걸리는 기간이 지났습니다. 신청이 들어갔는지 판매채널에 확인해 주세요.")
            )
        if self.earliest < clock.kst(clock.now()).date():
            return str(_("%(day)s까지는 승인될 것으로 보입니다.", day=day(self.latest)))
        return str(
            _(
                "%(first)s~%(last)s에 승인될 것으로 보입니다.",
                first=day(self.earliest),
                last=day(self.latest),
            )
        )


def usual(marketplace: str) -> dict[str, Any] | None:
    """What a marketplace approves apart from the keys: {service, usual}; None where nothing."""
    form = registry.current().forms.get(marketplace)
    if form is None or form.approval is None:
        return None
    return {"service": _named(form.approval.service), "usual": form.approval.usual_days}


def of(channel: Channel) -> Awaited | None:
    """What the channel waits for; None when it does not wait."""
    form = registry.current().forms.get(channel.marketplace)
    if channel.state != "waiting" or form is None or form.approval is None:
        return None
    since = channel.waiting_since or clock.now()
    least, most = form.approval.usual_days
    return Awaited(
        service=_named(form.approval.service),
        text=form.approval.text,
        since=since,
        passed=business_days.passed(since, clock.now()),
        usual=(least, most),
        earliest=business_days.after(since, least),
        latest=business_days.after(since, most),
    )


def _named(service: Service) -> str:
    names = {
        Service.PRODUCT: _("상품 API"),
        Service.ORDER: _("주문 API"),
        Service.CS: _("CS API"),
        Service.STOCK: _("진열·판매상태·재고"),
    }
    return str(names[service])
