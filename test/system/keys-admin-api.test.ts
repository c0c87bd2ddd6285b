import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { AdminApi, ShopAway, ShopRefused, type Call } from "../../scripts/keys/admin-api.ts";

type Answer = (response: ServerResponse) => unknown;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A shop that gives these answers in turn, and the last one for ever. */
async function shopThat(...answers: Answer[]) {
  let calls = 0;
  const server = createServer((_, response) =>
    answers[Math.min(calls++, answers.length - 1)]?.(response),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const troubles: string[] = [];
  const aborting = new AbortController();
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const onWait = (trouble: string) => void troubles.push(trouble);
  const api = new AdminApi(
    { origin, token: "t", merchant: null },
    { signal: aborting.signal, onWait },
  );
  return { api, troubles, aborting, calls: () => calls };
}

const call = (triesMax: number): Call => ({ method: "GET", path: "/x", headers: {}, triesMax });
const good: Answer = (response) => response.end('{"fine":true}');
const hangUp: Answer = (response) => response.destroy();
const noJson: Answer = (response) => response.end("<html>");
const problem =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response
      .writeHead(status, headers)
      .end(JSON.stringify({ title: "No.", code: "no", errors: [{ path: "a", message: "b" }] }));

test("a shop that hangs up, is busy, or answers half is asked again until it answers", async () => {
  const shop = await shopThat(hangUp, problem(429), noJson, good);
  expect(await shop.api.ask(call(4))).toEqual({ fine: true });
  expect(shop.troubles).toHaveLength(3);
  expect(shop.troubles[1]).toBe("No. a: b (429 no)");
});

test("one that does not come back is given up, with what it said last", async () => {
  const shop = await shopThat(problem(503, { "retry-after": "soon" }));
  await expect(shop.api.ask(call(2))).rejects.toThrow(ShopAway);
  expect(shop.calls()).toBe(2);
});

test("what it refuses it is not asked again", async () => {
  const shop = await shopThat(problem(422));
  await expect(shop.api.ask(call(9))).rejects.toThrow(new ShopRefused(422, "No. a: b (422 no)"));
  expect(shop.calls()).toBe(1);
});

test.each([
  ["while it is being asked", () => {}],
  ["while it is waited for", problem(503, { "retry-after": "999" })],
] as const)("a second Ctrl-C ends the asking, %s", async (_, answer) => {
  const heard = Promise.withResolvers<void>();
  const shop = await shopThat((response) => {
    answer(response);
    heard.resolve();
  });
  const asked = shop.api.ask(call(9));
  await heard.promise;
  shop.aborting.abort();
  await expect(asked).rejects.toMatchObject({ name: "AbortError" });
});
