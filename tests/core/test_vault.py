import pytest
from core import vault
def test_a(store_bound, both_databases):
    s=vault.seal("order_line","raw","x",b"a"*100,compress=True)
    assert vault.unseal("order_line","raw","x",s)==b"a"*100
    print(both_databases, store_bound.url)
def test_b(store_bound, redis_url):
    assert store_bound.url.startswith("sqlite")
@pytest.mark.postgresql
def test_c(store_bound): assert store_bound.url.startswith("postgresql")
