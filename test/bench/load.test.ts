import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnswerReader, type Answer } from "../../bench/load/answer-reader.ts";
import { closedLoop } from "../../bench/load/closed-loop.ts";
import { openLoop } from "../../bench/load/open-loop.ts";
import { getting, paying } from "../../bench/clients.ts";
import { median, percentile, Tally } from "../../bench/load/tally.ts";

const read = (...parts: string[]): Answer[] => {
  const answers: Answer[] = [];
  const reader = new AnswerReader((answer) => answers.push(answer));
  for (const part of parts) reader.push(part);
  return answers;
};

test("answers are told apart however the wire cuts them", () => {
  const wire =
    "HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello" +
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
    "HTTP/1.1 204 No Content\r\n\r\n";
  const whole = [
    { status: 201, body: "hello" },
    { status: 200, body: "abcde" },
    { status: 204, body: "" },
  ];
  expect(read(wire)).toEqual(whole);
  expect(read(...wire)).toEqual(whole);
});

test("an answer that says neither its length nor that it comes in chunks is an error", () => {
  expect(() => read("HTTP/1.1 200 OK\r\n\r\nhello")).toThrow("without a length");
});

test("a percentile is a value that was measured, a median of two lies between them", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(percentile(hundred, 99)).toBe(99);
  expect(percentile([7], 99)).toBe(7);
  expect(percentile([], 50)).toBeNaN();
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("a failure has its latency and is not part of the rate", () => {
  const tally = new Tally();
  for (let latency = 1; latency <= 4; latency++) tally.add(latency, latency !== 4);
  expect(tally.load(1_500)).toEqual({
    ratePerSecond: 2,
    p50Ms: 2,
    p99Ms: 4,
    failures: 1,
    counted: 4,
    finished: 4,
  });
});

/** Answers "success"; the first request in `stalls` ms. */
let stalls = 0;
const server = createServer((_, response) => {
  const wait = stalls;
  stalls = 0;
  setTimeout(() => response.end("success"), wait);
});
let origin = "";
beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

test("clients that share a list ask for each of it once, and the run ends with the list", async () => {
  const due = Array.from({ length: 50 }, (_, index) => `ord_${index}`);
  const seller = { origin, accountId: "acct_1", productId: "prd_1" };
  const load = await closedLoop({
    origin,
    connections: 4,
    seconds: 60,
    client: () => paying(seller, due),
  });
  expect(load).toMatchObject({ counted: 50, finished: 50, failures: 0 });
  expect(due).toEqual([]);
});

test("a server that stalls is charged with everyone who came meanwhile", async () => {
  stalls = 200;
  const load = await openLoop({
    origin,
    connections: 1,
    ratePerSecond: 200,
    seconds: 0.5,
    client: getting("/"),
  });
  expect(load).toMatchObject({ counted: 100, finished: 100, failures: 0 });
  // Of 100, the first 40 were due during the stall: half of those waited 100 ms and more.
  expect(load.p99Ms).toBeGreaterThan(150);
});

test("a connection that fails is counted and opened anew", async () => {
  const load = await openLoop({
    origin: "http://127.0.0.1:9",
    connections: 1,
    ratePerSecond: 100,
    seconds: 0.05,
    client: getting("/"),
  });
  expect(load).toMatchObject({ counted: 5, finished: 5, failures: 5, ratePerSecond: 0 });
});
