import { beforeAll, describe, expect, test } from "vitest";
import { withoutNonces } from "../support/worker/pages.ts";
import { isolate } from "../support/worker/isolate.ts";
import { migrate, openShop, ORIGIN, stockedProduct } from "../support/worker/shop.ts";

const JSON_AT = "/api/v1/products/cached";
const PAGE_AT = "/p/cached";

beforeAll(async () => {
  await migrate();
  const shop = await openShop("demo");
  await stockedProduct(shop, ["KEY-1", "KEY-2"], { slug: "cached" });
});

type Isolate = ReturnType<typeof isolate>;

function get(through: Isolate, path: string, headers: Record<string, string> = {}) {
  return through.fetch(new Request(`${ORIGIN}${path}`, { headers }));
}

describe("an answer that is the same for many", () => {
  test.each([JSON_AT, PAGE_AT, "/", "/api/v1/products"])(
    "has a tag, and %s is not sent again to who has it",
    async (path) => {
      const through = isolate();
      const first = await get(through, path);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^W\/"[\w-]{16}"$/);
      for (const known of [etag, `"other", ${etag}`, etag.slice(2), "*"]) {
        const again = await get(through, path, { "if-none-match": known });
        expect([again.status, await again.text()]).toEqual([304, ""]);
        expect(again.headers.get("etag")).toBe(etag);
        expect(again.headers.get("cache-control")).toBe(first.headers.get("cache-control"));
      }
      const other = await get(through, path, { "if-none-match": `"other", W/"x${etag.slice(3)}` });
      expect(other.status).toBe(200);
    },
  );

  test("that a browser keeps is kept with its own policy: a 304 brings no other nonce", async () => {
    const through = isolate();
    const first = await get(through, PAGE_AT);
    expect(first.headers.get("content-security-policy")).toContain("nonce-");
    const again = await get(through, PAGE_AT, { "if-none-match": first.headers.get("etag") ?? "" });
    expect(again.headers.get("content-security-policy")).toBeNull();
  });

  test("has the same tag wherever it was made", async () => {
    const here = isolate();
    const there = isolate({ CF_VERSION: here.bindings.CF_VERSION });
    for (const path of [JSON_AT, PAGE_AT]) {
      const [one, other] = [await get(here, path), await get(there, path)];
      expect(one.headers.get("etag")).toBe(other.headers.get("etag"));
    }
  });

  test("is the same the short way and the long way, but for its nonce and the request's id", async () => {
    const through = isolate();
    for (const path of [JSON_AT, PAGE_AT]) {
      const long = await get(through, path);
      const short = await get(through, path);
      const [before, after] = [Object.fromEntries(long.headers), Object.fromEntries(short.headers)];
      expect(Object.keys(after).toSorted()).toEqual(Object.keys(before).toSorted());
      expect(after["x-request-id"]).toMatch(/^req_[0-9a-z]{20}$/);
      expect(after["x-request-id"]).not.toBe(before["x-request-id"]);
      expect(after["x-content-type-options"]).toBe("nosniff");
      const plain = async (answer: Response) => withoutNonces({ html: await answer.text() });
      expect(await plain(short)).toBe(await plain(long));
    }
  });

  test("of one language is not given to who reads another, chosen or preferred", async () => {
    const through = isolate();
    const lang = async (headers: Record<string, string>, path = PAGE_AT) =>
      /<html lang="([^"]+)"/.exec(await (await get(through, path, headers)).text())?.[1];
    expect(await lang({})).toBe("zh-CN");
    expect(await lang({ "accept-language": "en" })).toBe("en");
    expect(await lang({})).toBe("zh-CN");
    expect(await lang({ cookie: "a=b; kamidrop_language=en" })).toBe("en");
    expect(await lang({}, `${PAGE_AT}?lang=en`)).toBe("en");
    expect(await lang({}, `${PAGE_AT}?utm_source=x`)).toBe("zh-CN");
  });

  test("is of one address: another query of JSON is another answer", async () => {
    const through = isolate();
    const all = (await (await get(through, "/api/v1/products")).json()) as { data: unknown[] };
    const none = (await (await get(through, "/api/v1/products?q=nothing")).json()) as typeof all;
    expect([all.data.length, none.data.length]).toEqual([1, 0]);
  });
});
