"""The practice 위메프: strict as protocols/wemakeprice §1–§6; all data invented.

* `gateway` routes and holds to the key; `policies`, `products`, `orders`, `claims` are the
  APIs behind it
* `listings` keeps what stands on the shelf
* `bundles` keeps what was bought, `shelf` finds it by list and time, `telling` writes its JSON,
  `goods` invents products
* `arrivals` and `seeds` bring orders into the world, `acts` is what others do there
* `account` gives credentials and the ledger
"""

from hanpan.api import Sandbox
from plugins.wemakeprice.sandbox import listings
from plugins.wemakeprice.sandbox.account import credentials, ledger
from plugins.wemakeprice.sandbox.acts import act
from plugins.wemakeprice.sandbox.gateway import app
from plugins.wemakeprice.sandbox.seeds import seed

SANDBOX = Sandbox(
    marketplace="wemakeprice",
    app=app,
    seed=seed,
    credentials=credentials,
    act=act,
    ledger=ledger,
    exports={"products": listings.product_list, "deals": listings.deal_list},
)
