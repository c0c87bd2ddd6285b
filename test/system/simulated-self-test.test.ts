import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop } from "../support/node/simulated-shop.ts";

/** The self-test of an account, against the built Worker and each simulated gateway, over HTTP alone. */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

interface SelfTest {
  readonly passed: boolean;
  readonly steps: readonly {
    step: string;
    outcome: "passed" | "failed" | "skipped";
    detail: string | null;
    words: string | null;
  }[];
}

let accounts = 0;

/** Of a new account, since one is tested five times in five minutes at most. */
async function tested(gateway: string, changes: object = {}): Promise<SelfTest> {
  const { credentials, currency } = await shop.simulated(gateway);
  const slug = `self-test-${++accounts}`;
  const body = {
    slug,
    title: slug,
    gateway,
    currency,
    credentials: { ...credentials, ...changes },
  };
  const { client } = shop.mortal;
  const { id } = await client.admin<{ id: string }>("POST", "/payment-accounts", body);
  return client.admin<SelfTest>("POST", `/payment-accounts/${id}/self-test`);
}

const failedIn = ({ steps }: SelfTest) =>
  steps.filter(({ outcome }) => outcome === "failed").map(({ step }) => step);
const wordsFor = ({ steps }: SelfTest, wanted: string) =>
  steps.find(({ step }) => step === wanted)?.words ?? "";

const BY_CALL: Readonly<Record<string, object>> = {
  epay: { open_by: "api" },
  "epay-v2": { open_by: "api" },
  alipay: { scene: "precreate" },
};
const GATEWAYS = [
  "epay",
  "epay-v2",
  "bepusdt",
  "epusdt",
  "tokenpay",
  "alipay",
  "wechat",
  "stripe",
  "paypal",
] as const;
/**
 * What their owner would type wrongly. Stripe and PayPal are called at their real addresses, which the simulator has
 * only for its own keys.
 */
const WRONG_KEY: Readonly<Partial<Record<(typeof GATEWAYS)[number], object>>> = {
  epay: { key: "another-key-than-the-gateways" },
  bepusdt: { api_token: "another-token-than-the-gateways" },
  epusdt: { api_token: "another-token-than-the-gateways" },
  tokenpay: { secret: "another-secret-than-the-gateways" },
};

describe.each(GATEWAYS)("the self-test of %s", (gateway) => {
  test("passes where the gateway behaves, opened by a call or not", async () => {
    for (const changes of [{}, BY_CALL[gateway] ?? {}]) {
      const found = await tested(gateway, changes);
      expect([gateway, failedIn(found)]).toEqual([gateway, []]);
      expect(found.passed).toBe(true);
      const open = found.steps.find(({ step }) => step === "open");
      expect(open?.outcome).toBe("passed");
    }
  });

  test.each([
    ["html", "answer", /not this kind of gateway/],
    ["error_500", "answer", /error of its own/],
    ["redirect", "answer", /another address/],
    ["drop", "address", /Nobody answers|hung up/],
    ["too_large", "answer", /far longer/],
  ])(
    "says in plain words of a gateway that answers an opening with %s what is wrong",
    async (manner, step, words) => {
      await shop.behave(gateway, "open", manner);
      const found = await tested(gateway, BY_CALL[gateway] ?? {});
      await shop.behave(gateway, "open", "none");
      expect(found.passed).toBe(false);
      expect(failedIn(found)).toEqual([step, "open"]);
      expect(wordsFor(found, step)).toMatch(words);
      expect(wordsFor(found, "open")).toMatch(words);
    },
  );

  test("repeats what a gateway says that refuses", async () => {
    await shop.behave(gateway, "open", "refuse");
    const found = await tested(gateway, BY_CALL[gateway] ?? {});
    await shop.behave(gateway, "open", "none");
    expect(found.passed).toBe(false);
    expect(failedIn(found)).toContain("open");
    expect(wordsFor(found, "open")).toMatch(
      /refused the payment\. It says: .+|does not take these credentials/,
    );
  });

  test("finds out that it opens and cannot be asked", async () => {
    await shop.behave(gateway, "query", "html");
    const found = await tested(gateway);
    await shop.behave(gateway, "query", "none");
    expect(failedIn(found)).toEqual(["answer", "query"]);
    expect(wordsFor(found, "query")).toMatch(/not this kind of gateway/);
  });

  test.skipIf(WRONG_KEY[gateway] === undefined)("finds out a wrong key", async () => {
    const found = await tested(gateway, { ...BY_CALL[gateway], ...WRONG_KEY[gateway] });
    expect(found.passed).toBe(false);
    expect(wordsFor(found, "open")).toMatch(/It says: .+|does not take these credentials/);
  });
});

test.each(["epay-v2", "alipay", "wechat"])(
  "%s, whose answer another key signed, is told so",
  async (gateway) => {
    await shop.behave(gateway, "query", "wrong_signature");
    const found = await tested(gateway);
    await shop.behave(gateway, "query", "none");
    expect(failedIn(found)).toEqual(["answer", "query"]);
    expect(wordsFor(found, "answer")).toMatch(/not signed with the key/);
  },
);
