import { describe, expect, test } from "vitest";
import { readThrough } from "../../../src/domain/memory/read-through.ts";
import { Unavailable } from "../../../src/domain/overload/unavailable.ts";

/** A source whose answers come when the test lets them. */
class Source {
  readonly asked: string[] = [];
  readonly #open: PromiseWithResolvers<string>[] = [];
  nowMs = 1_000;
  /** Settled by a test in which the one that reads is to wait no longer. */
  readonly patience = Promise.withResolvers<void>();

  readonly memory = readThrough<string>(
    {
      clock: { nowMs: () => this.nowMs },
      entriesMax: 2,
      freshMs: 100,
      readingMs: 50,
      patience: () => this.patience.promise,
      source: "the table",
    },
    (key) => {
      this.asked.push(key);
      const answer = Promise.withResolvers<string>();
      this.#open.push(answer);
      return answer.promise;
    },
  );

  answer(value: string): void {
    this.#open.shift()?.resolve(value);
  }
  fail(): void {
    this.#open.shift()?.reject(new Error("the disk"));
  }

  /** Reads `key` with the source answering at once. */
  async read(key: string, value: string): Promise<string> {
    const got = this.memory.get(key);
    this.answer(value);
    return got;
  }
}

describe("what is read through a memory", () => {
  test("is read once while it is fresh, and again from the moment it is not", async () => {
    const source = new Source();
    expect(await source.read("a", "1")).toBe("1");
    source.nowMs += 99;
    expect(await source.memory.get("a")).toBe("1");
    source.nowMs += 1;
    expect(await source.read("a", "2")).toBe("2");
    expect(source.asked).toEqual(["a", "a"]);
  });

  test("is the old value for others while one reads anew, for so long and no longer", async () => {
    const source = new Source();
    await source.read("a", "1");
    source.nowMs += 100;
    const reader = source.memory.get("a");
    source.nowMs += 49;
    expect(await source.memory.get("a")).toBe("1");
    expect(source.asked).toHaveLength(2);
    source.nowMs += 1;
    const second = source.memory.get("a");
    expect(source.asked).toHaveLength(3);
    source.answer("2");
    source.answer("3");
    expect([await reader, await second]).toEqual(["2", "3"]);
  });

  test("is fresh from when it came, not from when it was asked for", async () => {
    const source = new Source();
    const reader = source.memory.get("a");
    source.nowMs += 60;
    source.answer("1");
    await reader;
    source.nowMs += 99;
    expect(await source.memory.get("a")).toBe("1");
    expect(source.asked).toHaveLength(1);
  });

  test("is what was last known where the source is down, and asked for again later", async () => {
    const source = new Source();
    await source.read("a", "1");
    source.nowMs += 1_000;
    const reader = source.memory.get("a");
    source.fail();
    expect(await reader).toBe("1");
    source.nowMs += 50;
    expect(await source.read("a", "2")).toBe("2");
  });

  test("is what was last known where the source does not answer soon, and what it answers is kept", async () => {
    const source = new Source();
    await source.read("a", "1");
    source.nowMs += 1_000;
    const reader = source.memory.get("a");
    source.patience.resolve();
    expect(await reader).toBe("1");
    source.answer("2");
    await Promise.resolve();
    expect(await source.memory.get("a")).toBe("2");
  });

  test("is waited for where nothing was known, however long it takes", async () => {
    const source = new Source();
    source.patience.resolve();
    const reader = source.memory.get("a");
    await source.patience.promise;
    source.answer("1");
    expect(await reader).toBe("1");
  });

  test("is unavailable where nothing was known, with the cause and when to ask again", async () => {
    const source = new Source();
    const reader = source.memory.get("a");
    source.fail();
    const error: unknown = await reader.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toMatchObject({
      name: "Unavailable",
      message: "the table is unavailable",
      dependency: "the table",
      retryAfterSeconds: 1,
      cause: new Error("the disk"),
    });
  });

  test("is not remembered if the memory was dropped while it was read", async () => {
    const source = new Source();
    const reader = source.memory.get("a");
    source.memory.forget();
    source.answer("old");
    expect(await reader).toBe("old");
    expect(await source.read("a", "new")).toBe("new");
    source.memory.forget();
    expect(await source.read("a", "newer")).toBe("newer");
    expect(source.asked).toHaveLength(3);
  });

  test("is bounded: what was read longest ago is forgotten", async () => {
    const source = new Source();
    for (const key of ["a", "b", "c"]) await source.read(key, key);
    await source.memory.get("b");
    await source.memory.get("c");
    expect(source.asked).toEqual(["a", "b", "c"]);
    expect(await source.read("a", "again")).toBe("again");
  });
});
