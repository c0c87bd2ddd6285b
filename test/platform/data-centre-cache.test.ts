import { describe, expect, test } from "vitest";
import { dataCentreCache, type TextCache } from "../../src/platform/data-centre-cache.ts";
import { Timeline } from "../simulator/timeline.ts";

/** The Cache API as far as it is used, with a failing or hanging of the test's. */
class Cache implements TextCache {
  readonly kept = new Map<string, Response>();
  looks = 0;
  trouble: () => Promise<void> = () => Promise.resolve();

  async match(address: string) {
    this.looks++;
    await this.trouble();
    return this.kept.get(address)?.clone();
  }
  async put(address: string, response: Response) {
    await this.trouble();
    this.kept.set(address, response);
  }
  async delete(address: string) {
    await this.trouble();
    return this.kept.delete(address);
  }
}

function memoryOf(cache: TextCache, timeline = new Timeline(), deployment = "1") {
  const turns = {
    nowMs: () => timeline.nowMs,
    wait: (ms: number) => timeline.sleep(ms),
    keepAlive: () => {},
  };
  const memory = dataCentreCache({ deployment, turns, cache });
  if (memory === null) throw new Error("there is a cache");
  return memory;
}

async function played<Value>(timeline: Timeline, work: Promise<Value>): Promise<Value> {
  let done = false;
  const end = work.finally(() => (done = true));
  await timeline.play(() => done);
  return end;
}

describe("the data centre's cache", () => {
  test("gives what was put under a name, whatever the name holds, until it is dropped", async () => {
    const memory = memoryOf(new Cache());
    const name = "catalogue/7/mer_1\nслуг?x=1#/../%2e";
    await memory.put(name, "text", 5);
    await memory.put("another", "else", 5);
    expect(await memory.get(name)).toBe("text");
    await memory.drop(name);
    expect([await memory.get(name), await memory.get("another")]).toEqual([null, "else"]);
  });

  test("keeps a text for as many seconds as were said, under no address that a request can have", async () => {
    const cache = new Cache();
    await memoryOf(cache).put("name", "text", 5);
    const [[address, response] = []] = cache.kept;
    expect(response?.headers.get("cache-control")).toBe("max-age=5");
    expect(new URL(address ?? "").hostname).toMatch(/\.invalid$/);
  });

  test("of one deployment is not read by another", async () => {
    const cache = new Cache();
    await memoryOf(cache, new Timeline(), "1").put("name", "text", 5);
    expect(await memoryOf(cache, new Timeline(), "2").get("name")).toBeNull();
  });

  test("that fails has nothing, throws nothing, and is left alone for a while", async () => {
    const cache = new Cache();
    const timeline = new Timeline();
    const memory = memoryOf(cache, timeline);
    await memory.put("name", "text", 5);
    cache.trouble = () => Promise.reject(new Error("no cache today"));
    expect(await memory.get("name")).toBeNull();
    await memory.put("name", "other", 5);
    await memory.drop("name");
    cache.trouble = () => Promise.resolve();
    expect([await memory.get("name"), cache.looks]).toEqual([null, 1]);
    await played(timeline, timeline.sleep(1_000));
    expect(await memory.get("name")).toBe("text");
  });

  test("that hangs is waited for 50 ms and no longer", async () => {
    const cache = new Cache();
    const timeline = new Timeline();
    cache.trouble = () => new Promise(() => {});
    const startedAtMs = timeline.nowMs;
    expect(await played(timeline, memoryOf(cache, timeline).get("name"))).toBeNull();
    expect(timeline.nowMs - startedAtMs).toBe(50);
  });

  test("that the platform does not have is none", () => {
    const timeline = new Timeline();
    const turns = { nowMs: () => 0, wait: () => timeline.sleep(0), keepAlive: () => {} };
    expect(dataCentreCache({ deployment: "1", turns, cache: null })).toBeNull();
  });
});
