from tests.web.conftest import Browser
def test_owner_logs_in(owner: Browser) -> None:
    r = owner.open("/me")
    assert r.status_code == 200
    print(owner.text)
