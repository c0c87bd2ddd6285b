import { Hono } from "hono";
import { expect, it } from "vitest";
import type { AppEnv } from "../../src/http/env.ts";
import { answerHtml } from "../../src/http/storefront/html.ts";

const offer = {
  provider: "turnstile",
  siteKey: "0x4AAAA",
  script: "https://challenges.cloudflare.com/turnstile/v0/api.js",
};

/** What the policy of a page says, by directive. */
async function policyOf(challenge: typeof offer | null): Promise<Map<string, string>> {
  const app = new Hono<AppEnv>().get("/", (c) => answerHtml(c, "<p>", { challenge }));
  const policy = (await app.request("https://shop.test/")).headers.get("content-security-policy");
  const parts = (policy ?? "").split("; ").map((part) => part.split(" "));
  return new Map(parts.map(([name = "", ...values]) => [name, values.join(" ")] as const));
}

it("a page that asks for a proof may load the provider's script and frame, and nothing else of others", async () => {
  const asking = await policyOf(offer);
  const provider = "https://challenges.cloudflare.com";
  expect(asking.get("script-src")).toMatch(/^'nonce-[^']+' https:\/\/challenges\.cloudflare\.com$/);
  expect(asking.get("frame-src")).toBe(provider);
  const other = await policyOf(null);
  for (const [name, value] of other) {
    if (name !== "script-src" && name !== "style-src") expect(asking.get(name)).toBe(value);
    expect(value).not.toContain("cloudflare");
  }
  expect(other.has("frame-src")).toBe(false);
});
