"""Put a price before a web application: `Paywall`, a `PriceList`, and an adapter for what the application is made with.

paywall = Paywall(PriceList.of(["/reports/*=$0.05"]), "https://pay.example.com", "sk_live_…")

relay.paywall.aiohttp.protect(app, paywall)          an aiohttp application
app = relay.paywall.asgi.Protected(app, paywall)     FastAPI, Starlette, Django
relay paywall --upstream URL --price $0.05           anything that speaks HTTP
"""

from relay.paywall.paywall import Paywall
from relay.paywall.prices import Access, Flow, PriceList, Rule
from relay.paywall.till import Bounds

__all__ = ["Access", "Bounds", "Flow", "Paywall", "PriceList", "Rule"]
