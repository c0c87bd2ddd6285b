import { describe, expect, test } from "vitest";
import { EdgeMemory, type EdgeMemoryOptions } from "../../../src/domain/memory/edge-memory.ts";
import type { SharedMemory } from "../../../src/domain/memory/shared-memory.ts";
import { Unavailable } from "../../../src/domain/overload/unavailable.ts";
import { Timeline } from "../../simulator/timeline.ts";

const READING_MS = 20;
const OPTIONS = { name: "the table", freshMs: 100, staleMs: 200, entriesMax: 2 } as const;

type Options = EdgeMemoryOptions<string | null>;

/** A data centre's memory that keeps all it is given. */
class Shared implements SharedMemory {
  readonly texts = new Map<string, string>();
  get(name: string) {
    return Promise.resolve(this.texts.get(name) ?? null);
  }
  put(name: string, text: string) {
    this.texts.set(name, text);
    return Promise.resolve();
  }
  drop(name: string) {
    this.texts.delete(name);
    return Promise.resolve();
  }
}

/** A world in which time jumps, with a table whose answers take READING_MS. */
class World {
  readonly timeline = new Timeline();
  readonly shared = new Shared();
  readonly read: string[] = [];
  row: string | null = "1";
  takesMs: number = READING_MS;
  isDown = false;

  isolate(changes: Partial<Options> = {}): EdgeMemory<string | null> {
    const { timeline } = this;
    const turns = {
      nowMs: () => timeline.nowMs,
      wait: (ms: number) => timeline.sleep(ms),
      keepAlive: () => {},
    };
    return new EdgeMemory({ ...OPTIONS, turns, ...changes }, async (key, version) => {
      this.read.push(version === 0 ? key : `${key}@${version}`);
      const { row, isDown } = this;
      await timeline.sleep(this.takesMs);
      if (isDown) throw new Error("the disk");
      return row;
    });
  }

  /** What those who ask now are given, and after how long. */
  async given(asked: readonly Promise<string | null>[]) {
    const fromMs = this.timeline.nowMs;
    const given: { value: unknown; afterMs: number }[] = [];
    const note = (place: number) => (value: unknown) => {
      given[place] = { value, afterMs: this.timeline.nowMs - fromMs };
    };
    let left = asked.length;
    for (const [place, one] of asked.entries()) {
      void one.then(note(place), note(place)).finally(() => left--);
    }
    await this.timeline.play(() => left === 0);
    return given;
  }

  async one(asked: Promise<string | null>) {
    const [given] = await this.given([asked]);
    return given?.value;
  }

  async pass(ms: number): Promise<void> {
    let over = false;
    void this.timeline.sleep(ms).then(() => (over = true));
    await this.timeline.play(() => over);
  }
}

describe("one isolate", () => {
  test("reads a key once while it is fresh", async () => {
    const world = new World();
    const memory = world.isolate();
    expect(await world.one(memory.get("a"))).toBe("1");
    await world.pass(99);
    expect(memory.fresh("a")).toBe("1");
    expect(await world.one(memory.get("a"))).toBe("1");
    await world.pass(1);
    expect(memory.fresh("a")).toBeUndefined();
    expect(world.read).toEqual(["a"]);
  });

  test("a rush at what is not known is one reading, and everyone has it soon after", async () => {
    const world = new World();
    const memory = world.isolate();
    const given = await world.given(Array.from({ length: 500 }, () => memory.get("a")));
    expect(world.read).toEqual(["a"]);
    expect(given.every(({ value }) => value === "1")).toBe(true);
    expect(Math.max(...given.map(({ afterMs }) => afterMs))).toBeLessThan(READING_MS + 33);
  });

  test("a rush at what has become stale is one reading, and nobody waits for it", async () => {
    const world = new World();
    const memory = world.isolate();
    await world.one(memory.get("a"));
    world.row = "2";
    await world.pass(150);
    const given = await world.given(Array.from({ length: 500 }, () => memory.get("a")));
    expect(given.every(({ value, afterMs }) => value === "1" && afterMs === 0)).toBe(true);
    await world.pass(READING_MS);
    expect([world.read.length, memory.fresh("a")]).toEqual([2, "2"]);
  });

  test("what is too old is read anew by one who waits; others have the old value meanwhile", async () => {
    const world = new World();
    const memory = world.isolate();
    await world.one(memory.get("a"));
    world.row = "2";
    await world.pass(200);
    expect(await world.given([memory.get("a"), memory.get("a")])).toEqual([
      { value: "2", afterMs: READING_MS },
      { value: "1", afterMs: 0 },
    ]);
  });

  test("what does not exist is remembered, and pushes out nothing that does", async () => {
    const world = new World();
    const memory = world.isolate({ absentMax: 3, freshMs: 10_000, staleMs: 10_000 });
    await world.one(memory.get("real"));
    world.row = null;
    for (const key of ["x", "y", "z", "x", "u", "v"]) await world.one(memory.get(key));
    expect(world.read).toEqual(["real", "x", "y", "z", "u", "v"]);
    expect(memory.fresh("real")).toBe("1");
    expect([memory.fresh("y"), memory.fresh("x")]).toEqual([undefined, null]);
  });

  test("what comes into being after all is no longer absent, and the other way round", async () => {
    const world = new World();
    const memory = world.isolate();
    world.row = null;
    expect(await world.one(memory.get("a"))).toBeNull();
    world.row = "1";
    await world.pass(200);
    expect(await world.one(memory.get("a"))).toBe("1");
    world.row = null;
    await world.pass(200);
    expect(await world.one(memory.get("a"))).toBeNull();
    expect(memory.fresh("a")).toBeNull();
  });

  test("values weigh no more together than they may", async () => {
    const world = new World();
    const memory = world.isolate({ entriesMax: 10, weightMax: 2 * '"heavy"'.length });
    world.row = "heavy";
    for (const key of ["a", "b", "c"]) await world.one(memory.get(key));
    expect(["a", "b", "c"].map((key) => memory.fresh(key))).toEqual([undefined, "heavy", "heavy"]);
  });

  test("never goes back to what is older than what it knows", async () => {
    const world = new World();
    const memory = world.isolate({ order: Number });
    world.row = "5";
    await world.one(memory.get("a"));
    world.row = "4";
    await world.pass(200);
    expect(await world.one(memory.get("a"))).toBe("5");
    world.row = "6";
    await world.pass(200);
    expect(await world.one(memory.get("a"))).toBe("6");
  });
});

describe("a version of a key", () => {
  test("is read when it is first asked for, however fresh the one before is", async () => {
    const world = new World();
    const memory = world.isolate({ freshMs: 10_000, staleMs: 10_000 });
    expect(await world.one(memory.get("a", 1))).toBe("1");
    world.row = "2";
    expect(await world.one(memory.get("a", 2))).toBe("2");
    await world.pass(9_000);
    expect(await world.one(memory.get("a", 2))).toBe("2");
    expect(world.read).toEqual(["a@1", "a@2"]);
  });

  test("that cannot be had now is the one that was known", async () => {
    const world = new World();
    const memory = world.isolate();
    await world.one(memory.get("a", 1));
    world.isDown = true;
    expect(await world.one(memory.get("a", 2))).toBe("1");
    expect(memory.fresh("a", 2)).toBe("1");
    world.isDown = false;
    world.row = "2";
    await world.pass(100);
    expect(await world.one(memory.get("a", 2))).toBe("2");
  });
});

describe("a source that is down", () => {
  test("leaves what was last known, and is asked once in a while, not by everyone", async () => {
    const world = new World();
    const memory = world.isolate();
    await world.one(memory.get("a"));
    await world.pass(60_000);
    world.isDown = true;
    for (let i = 0; i < 10; i++) expect(await world.one(memory.get("a"))).toBe("1");
    expect(world.read).toHaveLength(2);
    await world.pass(100);
    expect(await world.one(memory.get("a"))).toBe("1");
    expect(world.read).toHaveLength(3);
  });

  test("that hangs keeps one request half a second, and others not at all", async () => {
    const world = new World();
    const memory = world.isolate();
    await world.one(memory.get("a"));
    await world.pass(60_000);
    world.takesMs = 30_000;
    expect(await world.given([memory.get("a"), memory.get("a")])).toEqual([
      { value: "1", afterMs: 500 },
      { value: "1", afterMs: 0 },
    ]);
    await world.pass(2_000);
    expect(await world.given([memory.get("a")])).toEqual([{ value: "1", afterMs: 0 }]);
  });

  test("is Unavailable to all who wait, with the cause, where nothing was known", async () => {
    const world = new World();
    world.isDown = true;
    const memory = world.isolate();
    const given = await world.given([memory.get("a"), memory.get("a"), memory.get("a")]);
    for (const { value } of given) {
      expect(value).toBeInstanceOf(Unavailable);
      expect(value).toMatchObject({ dependency: "the table", cause: new Error("the disk") });
    }
    expect(world.read).toHaveLength(1);
  });

  test("whose reading was lost with its request is read again by one of those who wait", async () => {
    const world = new World();
    const memory = world.isolate();
    world.takesMs = 1_000_000;
    const lost = memory.get("a");
    void lost;
    const waiting = [memory.get("a"), memory.get("a"), memory.get("a")];
    await world.pass(1);
    world.takesMs = READING_MS;
    const given = await world.given(waiting);
    expect(given.every(({ value }) => value === "1")).toBe(true);
    expect(world.read).toHaveLength(2);
  });
});

describe("forgetting", () => {
  test("a reading that began before it is not remembered after it", async () => {
    const world = new World();
    const memory = world.isolate();
    const before = memory.get("a");
    memory.forget();
    world.row = "2";
    expect(await world.one(before)).toBe("1");
    expect(await world.one(memory.get("a"))).toBe("2");
  });

  test("a key leaves the data centre's memory too", async () => {
    const world = new World();
    const { shared } = world;
    const [mine, other] = [world.isolate({ shared }), world.isolate({ shared })];
    await world.one(mine.get("a"));
    world.row = "2";
    mine.forget("a");
    expect([await world.one(mine.get("a")), await world.one(other.get("a"))]).toEqual(["2", "2"]);
  });
});

describe("the isolates of a data centre", () => {
  test("read a key once between them, and never give what is older than it may be", async () => {
    const world = new World();
    const { shared } = world;
    const isolates = Array.from({ length: 5 }, () => world.isolate({ shared, sharedMs: 150 }));
    for (const isolate of isolates) expect(await world.one(isolate.get("a"))).toBe("1");
    expect(world.read).toEqual(["a"]);
    world.row = "2";
    await world.pass(150);
    expect(await world.one(world.isolate({ shared, sharedMs: 150 }).get("a"))).toBe("2");
  });

  test("share nothing that does not exist", async () => {
    const world = new World();
    world.row = null;
    await world.one(world.isolate({ shared: world.shared }).get("a"));
    expect(world.shared.texts.size).toBe(0);
  });

  test.each(["", "{", "null", "7", '{"value":"old"}', '{"atMs":99999999999999,"value":"old"}'])(
    "read the source where the shared text is %j",
    async (text) => {
      const world = new World();
      world.shared.texts.set("the table/0/a", text);
      expect(await world.one(world.isolate({ shared: world.shared }).get("a"))).toBe("1");
    },
  );
});
