import { describe, expect, it } from "vitest";
import { makeTurnstile } from "../../src/adapters/captcha/turnstile.ts";
import type { ChallengeVerdict } from "../../src/flows/buyers/challenge-ports.ts";

const GOOD = { success: true, "error-codes": [], hostname: "shop.example", action: "order" };
const PROOF = { response: "a-token", action: "order", subject: "ord_1" } as const;

/** A verifier whose other side answers with this. */
function answering(answer: () => Promise<Response> | Response, timeoutMs = 1_000) {
  const asked: { url: string; body: Record<string, string> }[] = [];
  const verifier = makeTurnstile({
    siteKey: "site",
    secret: "the-secret",
    hostname: "shop.example",
    timeoutMs,
    fetch: async (url, init) => {
      asked.push({ url, body: JSON.parse(String(init.body)) as Record<string, string> });
      const { signal } = init;
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
      return Promise.race([Promise.resolve(answer()), aborted]);
    },
  });
  return { verifier, asked };
}

const says =
  (answer: unknown, status = 200) =>
  () =>
    Response.json(answer, { status });
const passed: ChallengeVerdict = { kind: "passed" };

it("asks Cloudflare with the secret and the token, and nothing of the visitor's", async () => {
  const { verifier, asked } = answering(says(GOOD));
  expect(await verifier.verify(PROOF)).toEqual(passed);
  expect(asked[0]?.url).toBe("https://challenges.cloudflare.com/turnstile/v0/siteverify");
  expect(asked[0]?.body).toEqual({
    secret: "the-secret",
    response: "a-token",
    idempotency_key: expect.stringMatching(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
    ),
  });
});

it("asks under the same name for the same, so that a retried order is not a second use of its token", async () => {
  const { verifier, asked } = answering(says(GOOD));
  await verifier.verify(PROOF);
  await verifier.verify(PROOF);
  await verifier.verify({ ...PROOF, subject: "ord_2" });
  const [first, second, other] = asked.map(({ body }) => body["idempotency_key"]);
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

describe("a token is no proof", () => {
  it.each([
    ["made up", { success: false, "error-codes": ["invalid-input-response"] }],
    ["used before, or old", { success: false, "error-codes": ["timeout-or-duplicate"] }],
    ["of another site", { ...GOOD, hostname: "evil.example" }],
    ["of no site", { success: true, action: "order" }],
    ["for something else", { ...GOOD, action: "ticket" }],
    ["for nothing", { success: true, hostname: "shop.example" }],
  ])("%s", async (_title, answer) => {
    const { verifier } = answering(says(answer));
    expect((await verifier.verify(PROOF)).kind).toBe("failed");
  });

  it.each(["", "x".repeat(2_049)])(
    "of a length that none has, and nobody is asked",
    async (response) => {
      const { verifier, asked } = answering(says(GOOD));
      expect((await verifier.verify({ ...PROOF, response })).kind).toBe("failed");
      expect(asked).toEqual([]);
    },
  );
});

describe("nobody knows, and it is not the visitor's fault", () => {
  it.each<[string, () => Promise<Response> | Response]>([
    ["our secret is wrong", says({ success: false, "error-codes": ["invalid-input-secret"] })],
    [
      "our secret is wrong, as a 400",
      says({ success: false, "error-codes": ["invalid-input-secret"] }, 400),
    ],
    ["they had an error", says({ success: false, "error-codes": ["internal-error"] })],
    ["a refusal without a reason", says({ success: false })],
    ["a 500", says(GOOD, 500)],
    ["HTML", () => new Response("<h1>maintenance</h1>")],
    ["JSON of something else", says({ ok: true })],
    ["a list", says([true])],
    ["an endless answer", () => new Response("x".repeat(20_000))],
    ["a redirect", () => new Response("", { status: 302, headers: { location: "https://x" } })],
    ["no connection", () => Promise.reject(new TypeError("network"))],
  ])("%s", async (_title, answer) => {
    const { verifier } = answering(answer);
    expect((await verifier.verify(PROOF)).kind).toBe("unavailable");
  });

  it("no answer in time", async () => {
    const { verifier } = answering(() => new Promise<Response>(() => undefined), 20);
    expect(await verifier.verify(PROOF)).toEqual({ kind: "unavailable", reason: "no_answer" });
  });
});

it("where the shop does not know its own address, any site's widget is taken", async () => {
  const fetch = () => Promise.resolve(Response.json({ ...GOOD, hostname: "anywhere.example" }));
  const verifier = makeTurnstile({ siteKey: "s", secret: "s", hostname: null, fetch });
  expect(await verifier.verify(PROOF)).toEqual(passed);
});
