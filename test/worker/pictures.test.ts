import { afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  call,
  createProduct,
  migrate,
  openShop,
  ORIGIN,
  type Shop,
} from "../support/worker/shop.ts";
import { isolate } from "../support/worker/isolate.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});
afterEach(() => vi.restoreAllMocks());

/** What is elsewhere, and who was asked. */
function elsewhere(answer: () => Response) {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    asked.push(String(input));
    return answer();
  });
  return asked;
}

const png = () => new Response("png", { headers: { "content-type": "image/png" } });

test("a page shows a merchant's pictures from addresses of the shop, and asks nobody else", async () => {
  const product = await createProduct(shop, {
    image_url: "https://pictures.example.com/cover.png",
    description_md:
      "![one](https://pictures.example.com/1.png) ![ours](/assets/own.png) ![two](https://other.example.org/2.webp)",
  });
  const through = isolate();
  for (const path of ["/", `/p/${product.slug}`, `/checkout/${product.slug}`]) {
    const page = await call(path, { fetch: through.fetch, headers: { accept: "text/html" } });
    expect(page.text).not.toContain("example.com");
    expect(page.text).not.toContain("example.org");
    expect(page.headers.get("content-security-policy")).toContain("img-src 'self' data:;");
  }
  const asked = elsewhere(png);
  const page = await call(`/p/${product.slug}`, { fetch: through.fetch });
  const sources = [...page.text.matchAll(/<img[^>]* src="([^"]+)"/g)].map(([, src = ""]) => src);
  expect(sources).toHaveLength(4);
  for (const source of sources.filter((one) => one !== "/assets/own.png")) {
    const answer = await through.fetch(new Request(`${ORIGIN}${source}`));
    expect([answer.status, await answer.text()]).toEqual([200, "png"]);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=86400");
  }
  const [cover = ""] = sources;
  await vi.waitFor(async () => {
    const before = asked.length;
    const again = await through.fetch(new Request(`${ORIGIN}${cover}${crypto.randomUUID()}`));
    expect([again.status, await again.text()]).toEqual([200, "png"]);
    expect(asked).toHaveLength(before);
  });
  expect([...new Set(asked)]).toEqual([
    "https://pictures.example.com/cover.png",
    "https://pictures.example.com/1.png",
    "https://other.example.org/2.webp",
  ]);
});

test("a picture that is not there, no picture, or of no product is not found, and never a 5xx", async () => {
  const product = await createProduct(shop, { image_url: "https://pictures.example.com/gone.png" });
  const { fetch } = isolate();
  const asked = elsewhere(() => new Response("no", { status: 500 }));
  for (const [slug, place] of [
    [product.slug, 0],
    [product.slug, 1],
    ["none-such", 0],
  ]) {
    expect((await call(`/p/${slug}/pictures/${place}`, { fetch })).status).toBe(404);
  }
  expect((await call(`/p/${product.slug}/pictures/-1`, { fetch })).status).toBe(404);
  expect(asked).toEqual(["https://pictures.example.com/gone.png"]);
});
