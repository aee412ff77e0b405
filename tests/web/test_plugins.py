"""플러그인: what is in use, and what was left out and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from core import registry
from core.settings import Settings
from tests.web.conftest import OWNER, Browser, log_in


def test_a_plugin_in_use_is_listed_with_what_it_offers(owner: Browser) -> None:
    owner.open("/plugins")
    found = registry.current()
    for plugin in found.plugins:
        assert plugin.name in owner.text
    for template in found.templates.values():
        assert template.label.ko in owner.text
    for word in ("주문 수집", "발주확인", "취소·반품·교환 읽기"):
        assert word in owner.text
    assert "사용하지 않는 플러그인" not in owner.text


def test_a_plugin_that_raises_is_named_with_the_reason_and_the_site_runs(
    app_with: Callable[..., Flask], configured: Settings, owner: Browser, tmp_path: Path
) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken.py").write_text('raise RuntimeError("<b>no such module</b>")\n')
    registry.use(None)
    app = app_with(plugins_dir=folder)
    browser = Browser(app.test_client())
    log_in(browser, OWNER)
    answer = browser.open("/plugins")
    assert answer.status_code == 200
    assert "사용하지 않는 플러그인" in browser.text
    assert "broken" in browser.text
    assert "RuntimeError: <b>no such module</b>" in browser.text
    assert "<b>no such module</b>" not in answer.text
    assert "스마트스토어" in browser.text


def test_a_plugin_for_a_newer_api_is_told_as_one_with_its_authors_reason_beside_it(
    app_with: Callable[..., Flask], configured: Settings, owner: Browser, tmp_path: Path
) -> None:
    (tmp_path / "late.py").write_text("API = (0, 2)\n")
    registry.use(None)
    browser = Browser(app_with(plugins_dir=tmp_path).test_client())
    log_in(browser, OWNER)
    browser.open("/plugins")
    assert "API 0.2에 맞춘 플러그인입니다. 한판을 업데이트하거나" in browser.text
    assert "written for API (0, 2)" in browser.text
    assert "선언에 잘못이 있어" not in browser.text


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("path", ["/plugins", "/channels/choose"])
def test_what_can_be_done_is_a_table_with_the_reasons_and_what_nobody_confirms(
    owner: Browser, path: str
) -> None:
    page = owner.open(path).text
    row = page.partition(">창고 주소</th>")[2].partition("</tr>")[0]
    assert row.count("#i-check") == 4, "imported, made, changed and deleted"
    assert row.count("확인 안 됨") == 1
    (number,) = re.findall(r'href="#(\S*note-\d+)"', row)
    told = page.partition(f'<li id="{number}">')[2].partition("</li>")[0]
    assert "지우는 호출은 짐작한 것입니다." in told
    assert "신규주문 가져오기가 발주확인을 겸합니다." in owner.text
    reasons = {
        reason.ko
        for template in registry.current().templates.values()
        for reason in (template.why_not or {}).values()
    }
    assert reasons and all(reason in owner.text for reason in reasons)
