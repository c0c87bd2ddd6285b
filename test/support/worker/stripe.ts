import { exports } from "cloudflare:workers";
import { ORIGIN, type Shop } from "./shop.ts";

const SECRET = "whsec_of_this_suite_only";
let events = 0;

/** An account of Stripe's. Stripe itself cannot be asked from here. */
export async function stripeOf({ admin }: Shop): Promise<string> {
  const credentials = { secret_key: "sk_test_ofThisSuiteOnly", webhook_secret: SECRET };
  const body = { slug: "stripe", title: "Card", gateway: "stripe", currency: "CNY", credentials };
  return (await admin("/payment-accounts", { body })).json.id;
}

/** Stripe's webhook, signed by its rule. */
export async function tellByStripe(to: string, type: string, object: object): Promise<number> {
  const created = Math.floor(Date.now() / 1_000);
  const data = { object };
  const event = { id: `evt_${++events}`, object: "event", type, created, livemode: false, data };
  const body = JSON.stringify(event);
  const utf8 = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", utf8.encode(SECRET), algorithm, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, utf8.encode(`${created}.${body}`));
  const hex = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0"));
  const headers = { "stripe-signature": `t=${created},v1=${hex.join("")}` };
  // Answered in Stripe's words, which the reference does not tell.
  const request = new Request(`${ORIGIN}/payments/${to}/notify`, { method: "POST", body, headers });
  return (await exports.default.fetch(request)).status;
}
