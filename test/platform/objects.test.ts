import { describe, expect, it } from "vitest";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { stockObjects } from "../../src/platform/objects.ts";
import type { Turns } from "../../src/platform/turns.ts";

const TURNS: Turns = { nowMs: () => 0, wait: () => Promise.resolve(), keepAlive: () => {} };

/** A namespace whose stubs fail with these, in turn, and then answer. */
function failing(...errors: object[]) {
  const stubs: object[] = [];
  const namespace = {
    getByName(name: string) {
      const stub = {
        stock: () => {
          const error = errors.shift();
          return error === undefined ? Promise.resolve({ free: 1 }) : Promise.reject(error);
        },
      };
      stubs.push({ name });
      return stub;
    },
  };
  return {
    stubs,
    objects: stockObjects(namespace as unknown as Parameters<typeof stockObjects>[0], TURNS),
  };
}

const retryable = () => Object.assign(new Error("reset"), { retryable: true });

describe("the one retry rule", () => {
  it("what the platform calls retryable is tried again with a new stub of the same object", async () => {
    const { objects, stubs } = failing(retryable(), retryable());
    expect(await objects.of(7).stock()).toEqual({ free: 1 });
    expect(stubs).toEqual([{ name: "product-7" }, { name: "product-7" }, { name: "product-7" }]);
  });

  it("tries end, and the caller is told to come back", async () => {
    const { objects, stubs } = failing(retryable(), retryable(), retryable(), retryable());
    await expect(objects.of(7).stock()).rejects.toBeInstanceOf(Unavailable);
    expect(stubs).toHaveLength(3);
  });

  it("an overloaded object is not asked again", async () => {
    const overloaded = Object.assign(new Error("busy"), { overloaded: true, retryable: true });
    const { objects, stubs } = failing(overloaded);
    await expect(objects.of(7).stock()).rejects.toMatchObject({ dependency: "stock" });
    expect(stubs).toHaveLength(1);
  });

  it("a bug is a bug: thrown on as it is, at once", async () => {
    const bug = new TypeError("ours");
    const { objects, stubs } = failing(bug);
    await expect(objects.of(7).stock()).rejects.toBe(bug);
    expect(stubs).toHaveLength(1);
  });
});
