import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../scripts/built-worker.ts";
import { rudeClients, type Heard } from "../support/node/rude-clients.ts";

const CONFIG = "test/support/worker/coalescer-probe.toml";
const REQUESTS = 200_000;
const CLIENTS = 200;

let folder: string;
let worker: BuiltWorker;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kamidrop-coalescer-"));
  worker = await startBuiltWorker({
    bundle: await buildWorker(
      "test/support/worker/coalescer-probe.ts",
      join(folder, "out"),
      CONFIG,
    ),
    state: join(folder, "state"),
    bindings: {},
    config: CONFIG,
  });
}, 120_000);

afterAll(async () => {
  await worker?.stop();
  await rm(folder, { recursive: true, force: true });
});

type Fate = "" | "slow" | "bug" | "overloaded";

/** One in so many, spread so that they meet in the same calls. */
function fateOf(n: number): Fate {
  if (n % 997 === 0) return "bug";
  if (n % 4_999 === 0) return "overloaded";
  return n % 400 === 0 ? "slow" : "";
}

describe("200,000 requests of which some hang up, some are slow, and some break their call", () => {
  const counts = { good: 0, busy: 0, bugs: 0, gone: 0 };
  const wrong: string[] = [];

  function judge(n: number, { status, body }: Heard): void {
    const fate = fateOf(n);
    if (status === 200 && body === `answer to ${n}` && fate !== "bug") counts.good++;
    else if (status === 503 && fate !== "bug") counts.busy++;
    else if (status === 500 && fate === "bug") counts.bugs++;
    else wrong.push(`${n} (${fate}): ${status} ${body}`);
  }

  beforeAll(async () => {
    await rudeClients({
      port: Number(new URL(worker.origin).port),
      clients: CLIENTS,
      requests: REQUESTS,
      path: (n) => `/?name=${n}&fate=${fateOf(n)}`,
      hangsUp: (n) => {
        const gone = n % 211 === 0;
        if (gone) counts.gone++;
        return gone;
      },
      heard: judge,
    });
  }, 900_000);

  it("no request is left without an answer, and none gets another's", () => {
    expect(wrong).toEqual([]);
    expect(counts.good + counts.busy + counts.bugs + counts.gone).toBe(REQUESTS);
  });

  it("what breaks a call breaks it for its own request and for nobody who shared it", () => {
    const bugs = Array.from({ length: REQUESTS }, (_, n) => n).filter(
      (n) => fateOf(n) === "bug" && n % 211 !== 0,
    );
    expect(counts.bugs).toBe(bugs.length);
  });

  it("an object that takes no more is not asked again: those who shared the call are told to come back", () => {
    const overloads = Math.ceil(REQUESTS / 4_999);
    expect(counts.busy).toBeGreaterThan(0);
    expect(counts.busy).toBeLessThanOrEqual(overloads * 101);
  });

  it("many go together", async () => {
    const seen = await (await fetch(`${worker.origin}/seen`)).json();
    expect(seen).toMatchObject({ calls: expect.any(Number), most: expect.any(Number) });
    const { calls, items } = seen as { calls: number; items: number };
    expect(items / calls).toBeGreaterThan(5);
  });
});
