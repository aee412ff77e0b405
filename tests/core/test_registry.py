"""A plugin that breaks a promise is left out whole, and says why; the others run."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from core import registry
from core.contracts import form
from core.services import channel_form, reach
from hanpan.cli import plugins

SOUND = """
from hanpan.api import *

API = (0, 1)
FORM = CredentialsForm(
    marketplace="{key}",
    fields=(Field(name="key", label=Text("키", "Key"), kind=Kind.SECRET),),
    connect=lambda values, host: None,
    verify=lambda client: Verified(identity="1"),
    bucket=lambda values: "1",
)

@hookimpl
def register_marketplaces():
    return [
        Marketplace(
            key="{key}", label=Text("가게", "Shop"), mark="가", tone=Tone.TEAL,
            bases={{"api": "https://api.shop.example"}}, setup=(Step.credentials(),),
        )
    ]

@hookimpl
def register_credentials_forms():
    return [FORM]
"""


PART = "ShippingPart(name={0!r}, template='t', label=Text('', ''))"

ORDERS = """
@hookimpl
def register_order_syncs():
    return [
        OrderSync(
            marketplace="corner",
            start=lambda since: "",
            changes=lambda client, cursor: Page([], ""),
            get=lambda client, keys: [],
            confirm=Write(
                scope=Scope.LINE,
                repeat=Repeat.READBACK,
                send=lambda client, items: [],
                readback=lambda client, sent: {},
                batch=20,
            ),
        )
    ]
"""


def plugin(folder: Path, name: str, source: str) -> None:
    """Write a plugin of one file."""
    (folder / f"{name}.py").write_text(textwrap.dedent(source))


def test_a_sound_plugin_of_the_folder_is_in_use(tmp_path: Path) -> None:
    plugin(tmp_path, "corner", SOUND.format(key="corner"))
    found = registry.load(folder=tmp_path)
    assert found.problems == []
    assert "corner" in found.marketplaces and "corner" in found.forms


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('boom')", "boom"),
        ("API = (0, 1)\nimport sys\nsys.exit(3)", "SystemExit"),
        ("API = (9, 0)", "written for API (9, 0)"),
        ("x = 1", "does not say which API"),
        ("API = (0, '1')", "does not say which API"),
        ("API = (0, 1)", "declares nothing: a hook is a function register_… with @hookimpl"),
        (SOUND.format(key="corner").replace("@hookimpl", "", 1), "no @hookimpl above it"),
        (
            SOUND.format(key="corner").replace("return [FORM]", "return FORM"),
            "register_credentials_forms must return a list of CredentialsForm, not CredentialsForm",
        ),
        (
            SOUND.format(key="corner").replace("return [FORM]", "[FORM]"),
            "register_credentials_forms must return a list of CredentialsForm, not NoneType",
        ),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplace():\n    return []",
            "unknown hook",
        ),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplaces(app):\n    return []",
            "app",
        ),
        (
            "from hanpan.api import hookimpl\nAPI = (0, 1)\n"
            "@hookimpl\ndef register_marketplaces():\n    return ['shop']",
            "not Marketplace",
        ),
        (SOUND.format(key="corner").replace("Kind.SECRET", "Kind.TEXT"), "no secret field"),
        (SOUND.format(key="corner").replace("https://api", "http://api"), "not https"),
        (SOUND.format(key="corner").replace("(Step.credentials(),)", "()"), "begins with"),
        (
            SOUND.format(key="corner").replace("return [FORM]", "return []"),
            "no credentials form",
        ),
        (
            SOUND.format(key="corner").replace(
                "(Step.credentials(),)", "(Step.credentials(), Step.template('x'))"
            ),
            "unknown template type 'x'",
        ),
    ],
)
def test_a_broken_plugin_is_left_out_with_the_reason(
    tmp_path: Path, source: str, words: str
) -> None:
    plugin(tmp_path, "broken", source)
    plugin(tmp_path, "sound", SOUND.format(key="sound"))
    found = registry.load(folder=tmp_path)
    assert [problem.plugin for problem in found.problems] == ["broken"]
    assert words in found.problems[0].text
    assert "sound" in found.marketplaces and "corner" not in found.marketplaces


CORNER = SOUND.format(key="corner") + ORDERS


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        (
            'Text("가게", "Shop")',
            '"Shop"',
            "register_marketplaces()[0].label: Text(ko, en) was expected, not str ('Shop')",
        ),
        (
            'Text("키", "Key")',
            '"Key"',
            "register_credentials_forms()[0].fields[0].label: Text(ko, en) was expected, not str",
        ),
        ('Text("키", "Key")', 'Text("키", None)', "fields[0].label.en: str was expected, not None"),
        ("Kind.SECRET", "'secret'", "fields[0].kind: Kind was expected, not str ('secret')"),
        (
            "kind=Kind.SECRET",
            "kind=Kind.SECRET, help='x'",
            "fields[0].help: Text(ko, en) or None was expected, not str",
        ),
        (
            "kind=Kind.SECRET),",
            "kind=Kind.SECRET), Field(name='c', label=Text('', ''), kind=Kind.CHOICE,"
            " choices=(('a', 'A'),)),",
            "fields[1].choices[0][1]: Text(ko, en) was expected, not str ('A')",
        ),
        (
            "kind=Kind.SECRET),",
            "kind=Kind.SECRET), Field(name='c', label=Text('', ''), kind=Kind.CHOICE),",
            "fields[1].choices: a CHOICE has some",
        ),
        (
            "kind=Kind.SECRET),",
            "kind=Kind.SECRET), Field(name='c', label=Text('', ''), show_if=('d', ('1',))),",
            "'c' depends on the unknown field 'd'",
        ),
        ("kind=Kind.SECRET),)", "kind=Kind.SECRET),) * 2", "'key' is there more than once"),
        ("kind=Kind.SECRET),)", "kind=Kind.SECRET))", "fields: a list of Field was expected"),
        ("connect=lambda values, host: None", "connect='x'", "connect: a function was expected"),
        ("tone=Tone.TEAL", "tone='teal'", "tone: Tone was expected, not str ('teal')"),
        ('mark="가"', 'mark="가나다"', "mark: one or two letters were expected"),
        ('{"api": "https', '{1: "https', "bases, the key 1: str was expected, not int"),
        ("setup=(", "personal='tel', setup=(", "personal: a list of str was expected, not str"),
        (
            "setup=(",
            "buckets=(Bucket(key='a', per_second=1, burst=1),) * 2, setup=(",
            "buckets: 'a' is there more than once",
        ),
        (
            "setup=(",
            "buckets=(Bucket(key='a', per_second=0, burst=1),), setup=(",
            "buckets[0].per_second: more than 0 was expected, not 0",
        ),
        (
            "setup=(",
            "buckets=(Bucket(key='a', per_second=1, burst=0.5),), setup=(",
            "buckets[0].burst: 1 or more was expected, not 0.5",
        ),
        ("(Step.credentials(),)", "(Step.credentials(), Step(kind='x'))", "'x' is not a kind of"),
        ("setup=(", "shipping=ShippingForm(parts=()), setup=(", "shipping.parts: there is none"),
        (
            "setup=(",
            f"shipping=ShippingForm(parts=({PART.format('x')},)), setup=(",
            "shipping: 't' is no step of the setup",
        ),
        (
            "setup=(",
            f"shipping=ShippingForm(parts=({PART.format('x')},) * 2), setup=(",
            "shipping.parts: 'x' is there more than once",
        ),
        (
            "setup=(",
            f"shipping=ShippingForm(parts=({PART.format('chosen')},)), setup=(",
            "'chosen' is a name of Hanpan's own",
        ),
        ("batch=20", "batch=0", "register_order_syncs()[0].confirm.batch: 1 or more was expected"),
        ("batch=20", "batch=True", "confirm.batch: int was expected, not bool (True)"),
        ("readback=lambda client, sent: {},", "", "confirm.readback: a function was expected"),
        ("confirm=Write(", "every=__import__('datetime').timedelta(), confirm=Write(", "every: mo"),
        ("confirm=Write(", "confirm=dict(", "confirm: Write or None was expected, not dict"),
    ],
)
def test_a_value_that_is_not_what_its_contract_says_is_named_with_its_place(
    tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    assert right in CORNER
    plugin(tmp_path, "right", CORNER)
    plugin(tmp_path, "wrong", CORNER.replace(right, wrong, 1))
    found = registry.load(folder=tmp_path)
    assert [one.plugin for one in found.problems] == ["wrong"]
    assert words in found.problems[0].text


@pytest.mark.parametrize("name", sorted(form.RESERVED))
def test_a_field_called_like_one_of_core_is_refused(tmp_path: Path, name: str) -> None:
    plugin(tmp_path, "corner", CORNER.replace('name="key"', f'name="{name}"'))
    (problem,) = registry.load(folder=tmp_path).problems
    assert f"fields: {name!r} is a name of Hanpan's own" in problem.text


def test_every_input_of_cores_own_in_the_connection_form_is_reserved() -> None:
    own = [*channel_form.COMMON, reach.FIELD]
    assert {field.name for field in own} <= form.RESERVED


TEMPLATES = """
@hookimpl
def register_template_types():
    return [TemplateType(
        marketplace="corner", key="address", label=Text("주소지", "Address"), columns=("road",),
        fields=(Field(name="road", label=Text("길", "Road")),), title=lambda values: "",
        fetch=lambda client, cursor: Page([], ""),
    )]
"""


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ('name="road"', 'name="back"', "fields: 'back' is a name of Hanpan's"),
        ('("road",)', '("street",)', "columns: 'street' is no field"),
        ('("road",)', '("road",) * 7', "columns: 6 at most, not 7"),
    ],
)
def test_a_template_that_its_pages_cannot_draw_is_refused(
    tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    plugin(tmp_path, "sound", CORNER.replace("corner", "sound"))
    plugin(tmp_path, "corner", CORNER + TEMPLATES.replace(right, wrong))
    (problem,) = registry.load(folder=tmp_path).problems
    assert f"register_template_types()[0].{words}" in problem.text


PRODUCTS = """
from hanpan.api import (
    Column, MigrationParser, ProductSync, Repeat, Scope, Text, Write, hookimpl
)

API = (0, 1)
NAME = Text("이름", "Name")
WRITE = Write(scope=Scope.LISTING, repeat=Repeat.HARMLESS, send=lambda client, items: [])
COLUMN = Column(name="no", label=NAME, headers=("번호",), required=True)


@hookimpl
def register_migration_parsers():
    return [MigrationParser(
        marketplace="corner", key="list", label=NAME, how=NAME, columns=(COLUMN,),
        rows=lambda rows: [],
    )]


@hookimpl
def register_product_syncs():
    return [ProductSync(marketplace="corner", get=lambda client, numbers: [], price=WRITE)]
"""


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("columns=(COLUMN,)", "columns=(COLUMN, COLUMN)", "columns: 'no' is there more than once"),
        (", required=True", "", "columns: a column is required by which the file is known"),
        ('headers=("번호",)', "headers=()", "columns: 'no' is looked for by no header"),
        ("get=lambda client, numbers: [], ", "", "get: what is written must be readable"),
        ("price=WRITE", "extend=WRITE", "extend_days: some were expected"),
        (
            "price=WRITE",
            "extend=WRITE, extend_days=[30, 45]",
            "extend_days: 45 is offered to nobody",
        ),
        ("price=WRITE", "price=WRITE, at_once=0", "at_once: 1 or more was expected"),
    ],
)
def test_a_reader_of_files_or_a_product_sync_without_sense_is_refused(
    tmp_path: Path, right: str, wrong: str, words: str
) -> None:
    assert right in PRODUCTS
    plugin(tmp_path, "corner", SOUND.format(key="corner"))
    plugin(tmp_path, "right", PRODUCTS)
    assert registry.load(folder=tmp_path).problems == []
    plugin(tmp_path, "right", PRODUCTS.replace(right, wrong, 1))
    (problem,) = registry.load(folder=tmp_path).problems
    assert problem.plugin == "right" and words in problem.text


def test_a_plugin_for_a_newer_api_says_so_in_both_languages(tmp_path: Path) -> None:
    plugin(tmp_path, "late", "API = (0, 2)")
    plugin(tmp_path, "other", "x = 1")
    late, other = registry.load(folder=tmp_path).problems
    assert late.said is not None and other.said is None
    assert "API 0.2" in late.said.ko and "API 0.1" in late.said.ko
    assert "written for API 0.2" in late.said.en
    assert "(0, 2)" in late.text


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "한판을 업데이트하거나"), ("en", "Update Hanpan, or install")]
)
def test_the_command_lists_what_is_used_and_what_is_not_and_why(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: str,
) -> None:
    monkeypatch.setenv("HANPAN_LANG", language)
    plugin(tmp_path, "corner", CORNER)
    plugin(tmp_path, "late", "API = (0, 2)")
    plugin(tmp_path, "wrong", CORNER.replace('Text("가게", "Shop")', '"Shop"'))
    registry.use(registry.load(folder=tmp_path))
    try:
        assert plugins.main([]) == 1
    finally:
        registry.use(None)
    told = capsys.readouterr().out
    assert "(corner)" in told and words in told and "(0, 2)" in told
    assert "label: Text(ko, en) was expected" in told


def test_a_reason_of_ours_comes_without_a_traceback_and_a_bug_with_one_in_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin(tmp_path, "bug", "raise RuntimeError('boom')")
    plugin(tmp_path, "wrong", "API = (0, 1)")
    with caplog.at_level("INFO", "core.registry"):
        bug, wrong = registry.load(folder=tmp_path).problems
    assert wrong.text.startswith("it declares nothing") and bug.text == "RuntimeError: boom"
    traces = {bool(record.exc_info): record for record in caplog.records}
    assert "bug" in traces[True].getMessage() and "wrong" in traces[False].getMessage()
    assert {record.levelname for record in caplog.records} == {"INFO"}  # none on a terminal


def test_an_installed_plugin_goes_before_its_copy_in_the_folder(tmp_path: Path) -> None:
    plugin(tmp_path, "aaa", SOUND.format(key="smartstore"))
    found = registry.load(folder=tmp_path)
    (known,) = (one for one in found.plugins if "smartstore" in one.marketplaces)
    assert known.source == "installed" and known.version
    assert [problem.plugin for problem in found.problems] == ["aaa"]


def test_a_package_of_the_folder_reads_files_of_its_own_and_has_no_version(tmp_path: Path) -> None:
    folder = tmp_path / "hanpan_corner"
    folder.mkdir()
    (folder / "guide.ko.md").write_text("1. 키를 발급합니다.", encoding="utf-8")
    reads = (
        "guide=Text(files(__package__).joinpath('guide.ko.md').read_text('utf-8'), ''), mark='가'"
    )
    source = "from importlib.resources import files" + CORNER.replace('mark="가"', reads)
    (folder / "__init__.py").write_text(source, encoding="utf-8")
    found = registry.load(folder=tmp_path)
    assert found.problems == []
    guide = found.marketplaces["corner"].guide
    assert guide is not None and guide.ko == "1. 키를 발급합니다."
    (known,) = (one for one in found.plugins if one.name == "hanpan_corner")
    assert (known.version, known.source) == ("", str(folder))


def test_a_marketplace_that_is_taken_leaves_the_second_plugin_out(tmp_path: Path) -> None:
    plugin(tmp_path, "first", SOUND.format(key="corner"))
    plugin(tmp_path, "second", SOUND.format(key="corner"))
    found = registry.load(folder=tmp_path)
    assert [problem.plugin for problem in found.problems] == ["second"]
    assert "already declared" in found.problems[0].text


def test_a_check_that_raises_counts_as_the_default() -> None:
    assert registry.guarded(lambda: 1 / 0, default=7.0) == 7.0
