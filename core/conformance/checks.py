"""The table of checks: what each is called, what it promises, and who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from core.conformance import (
    apart,
    cursors,
    declared,
    hours,
    kills,
    life,
    listing_changes,
    listing_faults,
    listings,
    matrix,
    pages,
    parsers,
    rounds,
    secrecy,
    shipping,
)
from core.conformance.faults import FAULTS
from core.conformance.report import Finding
from core.conformance.trial import Trial
from core.contracts.text import Text


@dataclass(frozen=True, kw_only=True)
class Check:
    """`look` tells what is not as promised."""

    key: str
    title: Text
    look: Callable[[Trial], Iterator[Finding]]


_PLAIN: tuple[Check, ...] = (
    Check(
        key="round",
        title=Text("연결, 가져오기, 수집, 발주확인", "connect, import, collect, confirm"),
        look=rounds.plain_round,
    ),
    Check(
        key="reads",
        title=Text("읽기는 아무것도 바꾸지 않음", "reads change nothing"),
        look=rounds.only_reads,
    ),
    Check(
        key="shipping",
        title=Text("배송 템플릿에 쓸 것을 고를 수 있음", "what a shipping template may join"),
        look=shipping.joined,
    ),
)
_DECLARED: tuple[Check, ...] = (
    Check(
        key="texts",
        title=Text("모든 이름과 문장이 두 언어로 있음", "every sentence in both languages"),
        look=declared.texts,
    ),
    Check(
        key="guide",
        title=Text("키 발급 안내의 단계가 두 언어로 같음", "the guide's steps, in both languages"),
        look=declared.guide,
    ),
    Check(
        key="setup",
        title=Text("설정 순서가 있는 템플릿을 가리킴", "the setup names types that there are"),
        look=declared.setup,
    ),
    Check(
        key="why-not",
        title=Text("없는 기능마다 이유가 있음", "each missing capability says why"),
        look=declared.why_not,
    ),
    Check(
        key="couriers",
        title=Text("택배사마다 다른 코드가 있음", "couriers have codes of their own"),
        look=declared.couriers,
    ),
    Check(
        key="assumed",
        title=Text("확인 안 된 호출의 이름과 설명", "assumed calls are named and explained"),
        look=declared.assumed,
    ),
    Check(
        key="sunset",
        title=Text("문을 닫은 판매채널의 출처", "a closed marketplace names its source"),
        look=declared.sunset,
    ),
)
_PAGES: tuple[Check, ...] = (
    Check(
        key="every-line",
        title=Text("여러 페이지의 모든 주문", "every line of several pages"),
        look=pages.every_line,
    ),
    Check(
        key="records",
        title=Text("겹치거나 뒤섞이거나 빈 응답", "records repeated, shuffled, absent"),
        look=pages.shuffled,
    ),
    Check(
        key="empty-page",
        title=Text("빈 페이지에서 멈추지 않음", "an empty page is not the end"),
        look=pages.empty_page,
    ),
    Check(
        key="endless",
        title=Text("같은 페이지를 끝없이 읽지 않음", "no page is read for ever"),
        look=pages.endless,
    ),
    Check(
        key="missing-key",
        title=Text("응답에 없는 항목", "keys that an answer lacks"),
        look=pages.missing_keys,
    ),
    Check(
        key="unknown-code",
        title=Text("모르는 코드값", "codes that nobody knows"),
        look=pages.unknown_codes,
    ),
    Check(
        key="cursor",
        title=Text("잘못된 위치와 먼 미래의 위치", "corrupt and far-future cursors"),
        look=cursors.cursors,
    ),
)
_LISTINGS: tuple[Check, ...] = (
    Check(
        key="files",
        title=Text("판매자센터의 파일을 모두 읽음", "files of the seller centre are read"),
        look=parsers.files,
    ),
    Check(
        key="listings",
        title=Text("찾은 상품과 옵션이 빠짐없음", "every listing and option is found"),
        look=listings.reading,
    ),
    Check(
        key="listing-writes",
        title=Text("상품은 바꾸라는 것만 바뀜", "a listing changes as asked, and no more"),
        look=listing_changes.writing,
    ),
    Check(
        key="listing-vanish",
        title=Text("읽지 못한 항목을 지우지 않음", "what an answer lacks is not erased"),
        look=listing_faults.vanishing,
    ),
)
_TIME: tuple[Check, ...] = (
    Check(
        key="midnight",
        title=Text("한국 시각 자정 앞뒤의 주문", "orders around midnight in Korea"),
        look=hours.midnight,
    ),
    Check(
        key="skew",
        title=Text("판매채널의 시계가 다를 때", "a marketplace whose clock is off"),
        look=hours.skewed,
    ),
    Check(
        key="kill-collect",
        title=Text("수집하다 죽어도 한 번씩", "killed while collecting: each line once"),
        look=kills.collecting,
    ),
    Check(
        key="kill-confirm",
        title=Text("발주확인하다 죽어도 한 번씩", "killed while confirming: each line once"),
        look=kills.confirming,
    ),
    Check(
        key="claims",
        title=Text("취소 요청, 철회, 완료", "cancels requested, withdrawn, done"),
        look=life.claims,
    ),
    Check(
        key="dispatched",
        title=Text("판매자센터에서 보낸 주문", "lines dispatched in the seller centre"),
        look=life.dispatch_elsewhere,
    ),
    Check(
        key="approval",
        title=Text("승인을 기다리는 채널", "a channel that waits for an approval"),
        look=life.approval,
    ),
    Check(
        key="upgrade",
        title=Text("예전 연결 정보로 계속 연결됨", "values of older forms still connect"),
        look=life.upgrade,
    ),
)
_APART: tuple[Check, ...] = (
    Check(
        key="two-accounts",
        title=Text("두 계정이 섞이지 않음", "two accounts stay apart"),
        look=apart.two_accounts,
    ),
    Check(
        key="connect",
        title=Text("연결 준비만으로 호출하지 않음", "connecting calls nobody"),
        look=apart.quiet_connect,
    ),
    Check(
        key="writes",
        title=Text("바꾸는 호출은 바꾼다고 알림", "what changes something says so"),
        look=apart.honest_writes,
    ),
    Check(
        key="buckets",
        title=Text("선언한 호출 한도만 사용", "calls draw from declared budgets"),
        look=apart.buckets,
    ),
    Check(
        key="refused-key",
        title=Text("틀린 키는 판매자에게 알림", "a wrong key is the seller's to mend"),
        look=secrecy.refused_key,
    ),
    Check(
        key="hosts",
        title=Text("선언한 주소만 호출", "only declared hosts are called"),
        look=apart.hosts,
    ),
    Check(
        key="secrets",
        title=Text("어떤 글에도 키와 토큰이 없음", "no key or token in any message"),
        look=secrecy.secrets,
    ),
    Check(
        key="buyers",
        title=Text("어떤 글에도 구매자 정보가 없음", "no buyer's data in any message"),
        look=secrecy.buyers,
    ),
)
_MATRIX = tuple(
    Check(key=f"fault.{fault.key}", title=fault.title, look=partial(matrix.meet, fault=fault))
    for fault in FAULTS
)

CHECKS: tuple[Check, ...] = (*_PLAIN, *_DECLARED, *_LISTINGS, *_PAGES, *_MATRIX, *_TIME, *_APART)
