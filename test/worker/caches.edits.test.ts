import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { isolate } from "../support/worker/isolate.ts";
import { keysNamed } from "../support/worker/notices.ts";
import { migrate, openShop, ORIGIN, stockedProduct, type Shop } from "../support/worker/shop.ts";

let shop: Shop;
let editor: ReturnType<typeof isolate>;

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

/** Time moves by hand, so what is read is as old as the test says, however slow the machine. */
beforeEach(() => {
  const nowMs = Date.now();
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
  editor = isolate();
});
afterEach(() => vi.restoreAllMocks());

function later(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.spyOn(Date, "now").mockReturnValue(nowMs);
}

const LOOKS = ["page", "JSON", "list", "category list"] as const;

function pathOf(look: (typeof LOOKS)[number], { id, slug }: { id: string; slug: string }): string {
  switch (look) {
    case "page":
      return `/p/${slug}`;
    case "JSON":
      return `/api/v1/products/${id}`;
    case "list":
      return "/api/v1/products";
    case "category list":
      return `/api/v1/products?category=${slug}`;
  }
}

async function seen(through: ReturnType<typeof isolate>, path: string) {
  const answer = await through.fetch(new Request(`${ORIGIN}${path}`));
  expect(answer.status).toBe(200);
  return { text: await answer.text(), etag: answer.headers.get("etag") };
}

/** A product that is looked at in an isolate which has it in memory, and then edited through another. */
async function editedBehind(through: ReturnType<typeof isolate>, look: (typeof LOOKS)[number]) {
  const slug = `edited-${crypto.randomUUID()}`;
  const product = await stockedProduct(shop, keysNamed(slug, 1), {
    slug,
    title: "As it was",
    category: slug,
  });
  const path = pathOf(look, { id: product.id, slug });
  const before = await seen(through, path);
  expect(before.text).toContain("As it was");
  const edit = { method: "PATCH", headers: { "if-match": '"1"' }, body: { title: `Now ${slug}` } };
  expect((await shop.admin(`/products/${product.id}`, { ...edit, ...editor })).status).toBe(200);
  return { path, before, now: `Now ${slug}` };
}

describe.each(LOOKS)("an edited product's %s", (look) => {
  test("is the new one after a second in an isolate of the same data centre", async () => {
    const through = isolate({ CF_VERSION: editor.bindings.CF_VERSION });
    const { path, before, now } = await editedBehind(through, look);
    // The worst moment to look: what is made now is made of what is about to be too old.
    later(690);
    await seen(through, path);
    later(310);
    const after = await seen(through, path);
    expect(after.text).toContain(now);
    expect(after.etag).not.toBe(before.etag);
  });

  test("is the new one after two seconds in another data centre", async () => {
    const through = isolate();
    const { path, now } = await editedBehind(through, look);
    later(1_000);
    await seen(through, path);
    later(1_000);
    expect((await seen(through, path)).text).toContain(now);
  });

  test("is the new one within a fifth of a second where it was edited", async () => {
    const { path, now } = await editedBehind(editor, look);
    later(200);
    expect((await seen(editor, path)).text).toContain(now);
  });
});
