import { exports } from "cloudflare:workers";

/** Any host: without PUBLIC_ORIGIN the shop is where it is visited. */
const ORIGIN = "https://shop.test";

/** A browser without scripts: keeps cookies, says where its requests come from, follows nothing. */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly #language: string;

  constructor(language = "en") {
    this.#language = language;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#send(path, { headers });
  }

  /** Posts a form of ours, as the page it is on would. A header that is "" is not sent. */
  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const body = new URLSearchParams(fields).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    const from = { origin: ORIGIN, "sec-fetch-site": "same-origin" };
    return this.#send(path, { method: "POST", body, headers: { ...type, ...from, ...headers } });
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async #send(path: string, init: { headers: Record<string, string> } & RequestInit) {
    const headers = new Headers(init.headers);
    for (const [name, value] of Object.entries(init.headers)) {
      if (value === "") headers.delete(name);
    }
    headers.set("accept", "text/html");
    if (!headers.has("accept-language")) headers.set("accept-language", this.#language);
    if (this.#cookies.size > 0) headers.set("cookie", this.#cookieHeader());
    const url = new URL(path, ORIGIN).href;
    const response = await exports.default.fetch(url, { ...init, headers, redirect: "manual" });
    for (const set of response.headers.getSetCookie()) this.#keep(set);
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get("location"),
      html: await response.text(),
    };
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(setCookie: string): void {
    const [pair = ""] = setCookie.split(";", 1);
    const at = pair.indexOf("=");
    this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string | null;
  readonly html: string;
}

/** The value of an input of the page; what a browser would send back. */
export function inputValue({ html }: Page, name: string): string {
  const [tag = ""] = new RegExp(`<input[^>]*name="${name}"[^>]*>`).exec(html) ?? [];
  return /value="([^"]*)"/.exec(tag)?.[1] ?? "";
}

/** The words that a reader sees: no tags, no attributes. */
export function words({ html }: Page): string {
  return html
    .replaceAll(/<head>.*?<\/head>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

/** What the checkout's form would send, were nothing typed. */
export function formOf(page: Page): Record<string, string> {
  const names = ["idempotency_key", "quantity", "expected_amount_minor", "payment_method"];
  return Object.fromEntries(names.map((name) => [name, inputValue(page, name)]));
}

/** Opens a checkout and submits it; `more` is what the buyer types and chooses. */
export async function checkOut(
  visitor: Visitor,
  slug: string,
  more: Record<string, string> = {},
): Promise<Page> {
  const page = await visitor.get(`/checkout/${slug}?quantity=${more["quantity"] ?? 1}`);
  const fields = { ...formOf(page), email: "buyer@example.com", ...more };
  return visitor.post(`/checkout/${slug}`, fields);
}

/** The order that a submitted checkout led to; "" where there is none. */
export function orderId({ location }: Page): string {
  return /ord_[0-9a-z]{28}/.exec(location ?? "")?.[0] ?? "";
}

/** The page as it is for everyone: each answer has nonces of its own. */
export function withoutNonces({ html }: { readonly html: string }): string {
  return html.replaceAll(/ nonce="[^"]*"/g, "");
}
