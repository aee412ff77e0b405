"""People, passwords, the first run and logging in, on both databases."""

from __future__ import annotations

import threading
import time
import unicodedata
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock, settings, store, vault
from core.models import AuditEntry, LoginFailure, LoginSession, User, Workspace, new_id
from core.services import accounts, first_run, lockout, logins, passwords
from core.services.audit import Actor
from core.services.outcome import Locked, Missing, Wrong

PASSWORD = "correct horse 판매"
HERE, THERE = "192.0.2.7", "198.51.100.9"
BY = Actor(None, "test", HERE)


@pytest.fixture(autouse=True)
def default_settings(monkeypatch):
    monkeypatch.setattr(settings, "_current", None)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    quick = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def moved(monkeypatch):
    """Move the time that Hanpan works by."""
    at = [0.0]
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=at[0]))

    def move(**delta):
        at[0] += timedelta(**delta).total_seconds()

    return move


@pytest.fixture
def owner(store_bound):
    return accounts.create_user(
        login="owner@shop.example", name="주인", role="owner", password=PASSWORD, actor=BY
    )


def add_staff(login="staff"):
    return accounts.create_user(login=login, name="담당", role="staff", password=PASSWORD, actor=BY)


def actions():
    with store.read() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))


def log_in(login="owner@shop.example", password=PASSWORD, address=HERE):
    return logins.log_in(login, password, address=address, agent="a browser")


def fail(times, login="owner@shop.example", address=HERE):
    for _ in range(times):
        with pytest.raises(Wrong) as caught:
            log_in(login, "not the password", address)
        assert not isinstance(caught.value, Locked)


def set_up(code, **changed):
    values = {
        "workspace": "한판 상점",
        "name": "김주인",
        "login": " Owner@Shop.example",
        "password": PASSWORD,
        "code": code,
        **changed,
    }
    return first_run.create_owner(**values)


def test_the_first_run_code_makes_one_workspace_with_keys_and_an_owner(store_bound, both_databases):
    code = first_run.new_first_run_code()
    assert first_run.first_run_code_is(code)
    assert not first_run.first_run_code_is(code + "x")
    user_id = set_up(code)
    found = logins.resolve(log_in())
    assert (found.user.id, found.user.role, found.workspace.name) == (user_id, "owner", "한판 상점")
    with store.workspace(found.workspace.id):
        sealed = vault.seal("order_line", "buyer", "1", b"hello")
        vault.load(store_bound.keys_file)
        assert vault.unseal("order_line", "buyer", "1", sealed) == b"hello"
        assert "owner.create" in actions()
    assert first_run.owner_exists()


def test_a_first_run_code_serves_once_and_a_wrong_one_never(store_bound):
    code = first_run.new_first_run_code()
    with pytest.raises(Wrong) as caught:
        set_up("guess")
    assert list(caught.value.fields) == ["code"]
    with pytest.raises(Wrong) as caught:
        set_up(code, password="short", workspace=" ")
    assert sorted(caught.value.fields) == ["password", "workspace"]
    set_up(code)
    assert not first_run.first_run_code_is(code)
    with pytest.raises(Wrong):
        set_up(code, login="second")
    with pytest.raises(Wrong) as caught:
        set_up(first_run.new_first_run_code(), login="second")
    assert caught.value.fields[""].en.startswith("There is an owner")


def test_a_newer_code_ends_the_older_one(store_bound):
    older, newer = first_run.new_first_run_code(), first_run.new_first_run_code()
    assert not first_run.first_run_code_is(older)
    assert first_run.first_run_code_is(newer)


def test_codes_asked_for_at_the_same_moment_leave_one_that_serves(store_bound, both_databases):
    codes, barrier = [], threading.Barrier(4)

    def ask():
        barrier.wait()
        codes.append(first_run.new_first_run_code())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [first_run.first_run_code_is(code) for code in codes].count(True) == 1


def test_of_many_first_owners_at_the_same_moment_one_is_made(store_bound, both_databases):
    code = first_run.new_first_run_code()
    made, barrier = [], threading.Barrier(4)

    def attempt(number):
        barrier.wait()
        with suppress(Wrong):
            made.append(set_up(code, login=f"owner{number}"))

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    with store.all_workspaces(), store.read() as session:
        assert session.scalars(select(User.id)).all() == made


@pytest.mark.parametrize(
    "password",
    ["short", "x" * 201, "Owner@Shop.example", "1234567890", "Password123", "aaaaaaaaaaaa"],
)
def test_a_weak_password_is_refused_with_a_reason(store_bound, password):
    with pytest.raises(Wrong) as caught:
        accounts.create_user(
            login="owner@shop.example", name="a", role="owner", password=password, actor=BY
        )
    assert list(caught.value.fields) == ["password"]
    assert caught.value.fields["password"].ko


def test_hangul_typed_in_pieces_or_syllables_is_the_same_password(store_bound, owner):
    log_in(password=unicodedata.normalize("NFD", PASSWORD))


def test_passwords_are_kept_as_argon2id_only(store_bound, owner):
    with store.read() as session:
        kept = session.scalars(select(User.password_hash)).one()
    assert kept.startswith("$argon2id$") and PASSWORD not in kept


def test_a_hash_with_old_parameters_is_renewed_at_the_next_login(store_bound, owner, monkeypatch):
    stronger = passwords.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", stronger)
    log_in()
    with store.read() as session:
        assert "m=16,t=2,p=1" in session.scalars(select(User.password_hash)).one()
    log_in()


def test_an_unknown_login_takes_a_hash_as_well(store_bound, owner, monkeypatch):
    checked = []
    real = passwords._hasher

    class Watched:
        hash = real.hash
        check_needs_rehash = real.check_needs_rehash

        def verify(self, kept, password):
            checked.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Watched())
    fail(1, "nobody@shop.example")
    fail(1, "owner@shop.example")
    nobody, owner_hash = checked
    assert nobody != owner_hash
    assert nobody.split("$")[1:4] == owner_hash.split("$")[1:4], "takes as long"


def test_a_session_belongs_to_its_token_and_the_database_holds_no_token(
    store_bound, owner, both_databases
):
    token = log_in()
    found = logins.resolve(token)
    assert found.user.id == owner and found.workspace.id == store_bound.workspace
    assert found.csrf and found.csrf not in token
    with store.read() as session:
        kept = session.scalars(select(LoginSession)).one()
    assert token not in (kept.id, kept.csrf)
    assert logins.resolve(token + "x") is None
    logins.log_out(token, address=HERE)
    assert logins.resolve(token) is None
    assert actions()[-2:] == ["login", "logout"]


def test_a_session_ends_after_two_idle_hours_but_not_while_it_is_used(store_bound, owner, moved):
    token = log_in()
    moved(minutes=119)
    assert logins.resolve(token)
    moved(minutes=119)
    assert logins.resolve(token)
    moved(minutes=121)
    assert logins.resolve(token) is None


def test_idle_time_is_a_setting(store_bound, owner, moved, monkeypatch):
    monkeypatch.setenv("HANPAN_IDLE_MINUTES", "5")
    token = log_in()
    moved(minutes=6)
    assert logins.resolve(token) is None


def test_a_session_ends_after_twelve_hours_however_busy(store_bound, owner, moved):
    token = log_in()
    for _ in range(11):
        moved(hours=1)
        assert logins.resolve(token)
    moved(hours=1, minutes=1)
    assert logins.resolve(token) is None
    logins.prune()
    with store.read() as session:
        assert session.scalars(select(LoginSession)).all() == []


def test_looking_is_noted_at_most_once_a_minute(store_bound, owner, moved):
    token = log_in()
    first = logins.resolve(token).session.seen_at
    moved(seconds=50)
    assert logins.resolve(token).session.seen_at == first
    moved(seconds=20)
    logins.resolve(token)
    assert logins.resolve(token).session.seen_at > first


def test_one_session_or_all_others_can_be_ended(store_bound, owner):
    one, two, three = log_in(), log_in(), log_in()
    logins.end_session(owner, logins.session_id(one), actor=BY)
    assert logins.resolve(one) is None
    assert len(logins.sessions(owner)) == 2
    logins.end_others(owner, logins.session_id(three), actor=BY)
    assert logins.resolve(two) is None and logins.resolve(three)
    with pytest.raises(Missing):
        logins.end_session(new_id(), logins.session_id(three), actor=BY)


def test_changing_the_password_ends_the_other_sessions(store_bound, owner):
    other, mine = log_in(), log_in()
    keep = logins.session_id(mine)
    with pytest.raises(Wrong) as caught:
        accounts.change_password(owner, "not it", "another good one", keep_session=keep, actor=BY)
    assert list(caught.value.fields) == ["old"]
    assert logins.resolve(other)
    accounts.change_password(owner, PASSWORD, "another good one", keep_session=keep, actor=BY)
    assert logins.resolve(other) is None and logins.resolve(mine)
    fail(1)
    log_in(password="another good one")


def test_the_old_password_cannot_be_guessed_without_end(store_bound, owner):
    def guess():
        accounts.change_password(owner, "not it", "another good one", keep_session="", actor=BY)

    for _ in range(5):
        with pytest.raises(Wrong):
            guess()
    with pytest.raises(Locked):
        guess()


def test_after_five_failures_the_wait_grows_up_to_a_quarter_of_an_hour(
    store_bound, owner, moved, both_databases
):
    fail(5)
    waits = []
    for _ in range(7):
        with pytest.raises(Locked) as caught:
            log_in()  # the right password helps nobody who guesses
        waits.append(round(caught.value.seconds))
        moved(seconds=caught.value.seconds + 1)
        fail(1)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_strangers_elsewhere_do_not_lock_the_owner_out(store_bound, owner):
    fail(5, address=THERE)
    with pytest.raises(Locked):
        log_in(address=THERE)
    assert logins.resolve(log_in(address=HERE))


def test_a_right_password_forgets_the_failures(store_bound, owner):
    fail(4)
    log_in()
    fail(4)
    log_in()


def test_one_address_cannot_try_many_logins(store_bound, owner):
    for number in range(lockout.ADDRESS.free):
        fail(1, f"guess{number}", THERE)
    with pytest.raises(Locked):
        log_in("never tried before", address=THERE)
    log_in(address=HERE)


def test_addresses_of_one_ipv6_network_count_as_one(store_bound, owner):
    for number in range(5):
        fail(1, address=f"2001:db8:1:2::{number:x}")
    with pytest.raises(Locked):
        log_in(address="2001:db8:1:2:ffff::1")
    log_in(address="2001:db8:1:3::1")


def test_tries_at_the_same_moment_cannot_slip_by_together(store_bound, owner, both_databases):
    answers, barrier = [], threading.Barrier(12)

    def attempt():
        barrier.wait()
        try:
            log_in(password="not the password")
        except Wrong as wrong:
            answers.append(type(wrong))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(Wrong) == 5 and answers.count(Locked) == 7


def test_failures_hold_neither_login_nor_address_and_are_forgotten(store_bound, owner, moved):
    fail(1)
    with store.read() as session:
        keys = session.scalars(select(LoginFailure.key)).all()
    assert len(keys) == 2 and all(len(key) == 64 for key in keys)
    moved(days=1, seconds=1)
    logins.prune()
    with store.read() as session:
        assert session.scalars(select(LoginFailure.key)).all() == []


def test_a_failed_login_is_recorded_where_the_person_is_known(store_bound, owner):
    fail(1)
    fail(1, "nobody")
    assert actions() == ["user.create", "login.failed"]


def test_a_login_is_taken_once_in_the_whole_installation(store_bound, owner):
    with pytest.raises(Wrong) as caught:
        add_staff(" OWNER@shop.example ")
    assert list(caught.value.fields) == ["login"]
    with pytest.raises(Wrong) as caught:
        accounts.create_user(login="a b", name="", role="king", password="x", actor=BY)
    assert sorted(caught.value.fields) == ["login", "name", "password", "role"]


def test_the_last_owner_can_be_neither_disabled_nor_demoted(store_bound, owner, both_databases):
    second = add_staff()
    for change in (
        lambda: accounts.disable(owner, actor=BY),
        lambda: accounts.change_role(owner, "staff", actor=BY),
    ):
        with pytest.raises(Wrong):
            change()
    accounts.change_role(second, "owner", actor=BY)
    accounts.disable(owner, actor=BY)
    with pytest.raises(Wrong):
        accounts.change_role(second, "staff", actor=BY)
    accounts.enable(owner, actor=BY)
    accounts.change_role(second, "staff", actor=BY)
    assert actions()[-4:] == ["user.role", "user.disable", "user.enable", "user.role"]


def test_two_owners_who_demote_each_other_leave_one(
    store_bound, owner, both_databases, monkeypatch
):
    second = add_staff()
    accounts.change_role(second, "owner", actor=BY)
    barrier, look = threading.Barrier(2), accounts._keep_an_owner

    def look_for_long(session, user):
        look(session, user)
        time.sleep(0.3)  # the other one comes meanwhile

    monkeypatch.setattr(accounts, "_keep_an_owner", look_for_long)

    def demote(user_id):
        barrier.wait()
        with store.workspace(store_bound.workspace), suppress(Wrong):
            accounts.change_role(user_id, "staff", actor=BY)

    threads = [threading.Thread(target=demote, args=(one,)) for one in (owner, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(user.role for user in accounts.users()) == ["owner", "staff"]


def test_a_disabled_person_is_out_at_once_and_cannot_come_back(store_bound, owner):
    person = add_staff()
    token = log_in("staff")
    accounts.disable(person, actor=BY)
    assert logins.resolve(token) is None
    fail(1, "staff")
    accounts.enable(person, actor=BY)
    log_in("staff")


def test_an_owner_sets_a_password_and_every_session_of_the_person_ends(store_bound, owner):
    person = add_staff()
    token = log_in("staff")
    with pytest.raises(Wrong):
        accounts.set_password(person, "1234567890", actor=BY)
    accounts.set_password(person, "one that is new", actor=BY)
    assert logins.resolve(token) is None
    log_in("staff", "one that is new")


def test_name_language_theme_and_keys_are_kept(store_bound, owner):
    accounts.rename(owner, " 새 이름 ", actor=BY)
    accounts.set_preferences(owner, language="en", theme="dark", keys=False)
    accounts.set_preferences(owner)
    user = accounts.users()[0]
    assert (user.name, user.language, user.theme, user.keys) == ("새 이름", "en", "dark", False)
    with pytest.raises(ValueError):
        accounts.set_preferences(owner, theme="pink")


def test_people_of_another_workspace_are_not_there(store_bound, owner):
    other = new_id()
    with store.workspace(other):
        with store.write() as session:
            session.add(Workspace(id=other, name="다른 가게", created_at=clock.now()))
        assert accounts.users() == []
        for action in (
            lambda: accounts.disable(owner, actor=BY),
            lambda: accounts.change_role(owner, "staff", actor=BY),
            lambda: accounts.set_password(owner, "one that is new", actor=BY),
            lambda: accounts.rename(owner, "x", actor=BY),
            lambda: accounts.set_preferences(owner, theme="dark"),
        ):
            with pytest.raises(Missing):
                action()
    assert [user.id for user in accounts.users()] == [owner]
