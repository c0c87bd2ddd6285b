import { exports } from "cloudflare:workers";
import type { Shop } from "./shop.ts";

/** Where a request of a test comes from, as Cloudflare would say it. */
export function from(place: { address?: string; country?: string; asn?: number }) {
  const { address, ...cf } = place;
  const headers: Record<string, string> =
    address === undefined ? {} : { "cf-connecting-ip": address };
  const fetch = (request: Request) => exports.default.fetch(new Request(request, { cf }));
  return { headers, fetch };
}

/** Settings of the subject `risk`, on top of whatever is there. */
export async function setRisk(shop: Shop, risk: Record<string, unknown> | null): Promise<void> {
  const { json } = await shop.admin("/settings");
  const answer = await shop.admin("/settings", {
    method: "PATCH",
    headers: { "if-match": `"${json.version}"` },
    body: { risk },
  });
  if (answer.status !== 200) throw new Error(`settings: ${answer.status} ${answer.text}`);
}
