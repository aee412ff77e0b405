"""The practice 11번가: strict as protocols/11st §1–§7; all data invented.

* `gateway` routes, key, approval, IP and maintenance; `book`, `deadlines`, `orders`, `writes` are
  the services behind it
* `products` reads listings, `product_writes` changes them, `listings` keeps them
* `lines` keeps the order lines, `telling` writes their XML, `wire` the shapes; `goods` and
  `buildings` are what there is
* `arrivals` and `seeds` bring orders into the world, `acts` and `listing_acts` are what others do
* `account` gives credentials and the ledger
"""

from hanpan.api import Sandbox
from plugins.eleven_st.sandbox import listings
from plugins.eleven_st.sandbox.account import credentials, ledger
from plugins.eleven_st.sandbox.acts import act
from plugins.eleven_st.sandbox.gateway import app
from plugins.eleven_st.sandbox.seeds import seed

SANDBOX = Sandbox(
    marketplace="eleven_st",
    app=app,
    seed=seed,
    credentials=credentials,
    act=act,
    ledger=ledger,
    exports={"seller_office": listings.export},
    example="보기로 12",
)
