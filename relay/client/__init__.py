"""Buy from Python what is sold by x402, within a limit:

    async with Client("wallet.json", Limit("1 USD")) as client:
        answer = await client.get("https://api.example.com/report")
        print(answer.text, answer.paid)

The limit is all that may be signed for while the client is open. A payment is signed once for each request, whatever
happens to its answers: what is pending or was lost is asked for again with the same signature.
"""

from relay.client.buyer import Answer, Client, Offered, Paid
from relay.client.limit import Limit

__all__ = ["Answer", "Client", "Limit", "Offered", "Paid"]
