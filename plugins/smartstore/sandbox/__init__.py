"""The practice 스마트스토어: strict as protocols/smartstore §1–§8; all data invented.

* `gateway` routes, tokens' effect and limits; `tokens`, `seller`, `bundles`, `products`,
  `product_writes`, `orders`, `writes` are the APIs behind it
* `listings` keeps what is sold, as the wire's own objects, and its stock
* `lines` keeps the product orders, `telling` writes their JSON, `goods` invents products and buyers
* `arrivals` and `seeds` bring orders into the world, `acts` and `listing_acts` are what
  others do there
* `account` gives credentials and the ledger
"""

from hanpan.api import Sandbox
from plugins.smartstore.sandbox.account import credentials, ledger
from plugins.smartstore.sandbox.acts import act
from plugins.smartstore.sandbox.gateway import app
from plugins.smartstore.sandbox.seeds import seed

SANDBOX = Sandbox(
    marketplace="smartstore",
    app=app,
    seed=seed,
    credentials=credentials,
    act=act,
    ledger=ledger,
)
