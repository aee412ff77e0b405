"""The practice 인터파크: strict as protocols/interpark §1, §3, §5, §6, §8, §10; all invented.

* `gateway` routes by path and `_method`; `orders` and `writes` are the order API, `policies` the
  seller services, `published` fetches what they are to register
* `products` is the product service, `listings` the shelf that it reads and changes
* `lines` keeps the order lines, `telling` writes their XML, `goods` is the shop
* `arrivals` and `seeds` bring orders into the world, `acts` is what others do there
* `account` gives credentials and the ledger
"""

from hanpan.api import Sandbox
from plugins.interpark.sandbox import listings
from plugins.interpark.sandbox.account import credentials, ledger
from plugins.interpark.sandbox.acts import act
from plugins.interpark.sandbox.gateway import app
from plugins.interpark.sandbox.seeds import seed

SANDBOX = Sandbox(
    marketplace="interpark",
    app=app,
    seed=seed,
    credentials=credentials,
    act=act,
    ledger=ledger,
    exports={"products": listings.export},
)
