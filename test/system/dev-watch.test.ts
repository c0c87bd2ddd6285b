import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { untilDeaf } from "../../scripts/dev/watch.ts";

/** A server that answers by this list, then as its last word; and how often it was asked. */
async function listening(answers: readonly boolean[]) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const good = answers[Math.min(asked++, answers.length - 1)] === true;
    if (good) response.end("ok");
    else response.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe("watching the development server", () => {
  test("one missed answer is no silence; two in a row are", async () => {
    await using server = await listening([true, false, true, false, true, false, false, true]);
    await untilDeaf(server.url, new AbortController().signal, 1);
    expect(server.asked()).toBe(7);
  });

  test("nobody there is silence too", async () => {
    const server = await listening([true]);
    await server[Symbol.asyncDispose]();
    await untilDeaf(server.url, new AbortController().signal, 1);
  });

  test("ends when nobody waits for it", async () => {
    await using server = await listening([true]);
    const watching = new AbortController();
    const watched = untilDeaf(server.url, watching.signal, 60_000);
    watching.abort();
    await watched;
    expect(server.asked()).toBeLessThanOrEqual(1);
  });
});
