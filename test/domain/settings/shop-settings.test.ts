import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  patchSettings,
  SECTIONS,
  settingsOf,
  type Decided,
  type SettingsPatch,
} from "../../../src/domain/settings/shop-settings.ts";

const DEFAULTS = settingsOf({});

function patched(decided: Decided, patch: SettingsPatch): Decided {
  const result = patchSettings(decided, patch);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe("the settings that hold", () => {
  test("a shop that has decided nothing has settings too", () => {
    expect(DEFAULTS.limits.ordersPerNetwork).toBe(120);
    expect(Object.keys(DEFAULTS)).toEqual(Object.keys(SECTIONS));
  });

  test("what a newer version has written is passed over", () => {
    const decided = { limits: { ordersPerEmail: 5, smellsPerNose: 3 }, weather: { sunny: true } };
    expect(settingsOf(decided)).toEqual({
      ...DEFAULTS,
      limits: { ...DEFAULTS.limits, ordersPerEmail: 5 },
    });
  });

  test("one value that cannot be read spoils no other", () => {
    const decided = { limits: { ordersPerEmail: 5, ordersPerNetwork: "many" } };
    expect(settingsOf(decided).limits).toEqual({ ...DEFAULTS.limits, ordersPerEmail: 5 });
  });

  test("whatever is stored, there are settings", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("limits", "weather"), fc.anything({ maxDepth: 2 })),
        (stored) => {
          const settings = settingsOf(stored as Decided);
          expect(Object.keys(settings.limits)).toEqual(Object.keys(DEFAULTS.limits));
        },
      ),
    );
  });
});

describe("a patch", () => {
  test("changes what it names and nothing else", () => {
    const before = patched({}, { limits: { ordersPerEmail: 5 } });
    const after = patched(before, { limits: { ordersPerNetwork: 50 } });
    expect(after).toEqual({ limits: { ordersPerEmail: 5, ordersPerNetwork: 50 } });
    expect(before).toEqual({ limits: { ordersPerEmail: 5 } });
  });

  test("takes a decision back with null, of a field and of a section", () => {
    const decided = { limits: { ordersPerEmail: 5, ordersPerNetwork: 50 } };
    expect(patched(decided, { limits: { ordersPerEmail: null } })).toEqual({
      limits: { ordersPerNetwork: 50 },
    });
    expect(patched(decided, { limits: null })).toEqual({});
    const one = { limits: { ordersPerEmail: 5 } };
    expect(patched(one, { limits: { ordersPerEmail: null } })).toEqual({});
  });

  test.each([
    ["a section that is not known", { weather: { sunny: true } }, ["weather"]],
    ["a section that only looks known", { toString: {} }, ["toString"]],
    ["a setting that is not known", { limits: { smells: 1 } }, ["limits", "smells"]],
    ["a value below its bound", { limits: { ordersPerEmail: 0 } }, ["limits", "ordersPerEmail"]],
    ["a value above its bound", { limits: { ordersPerEmail: 1e9 } }, ["limits", "ordersPerEmail"]],
    ["half of one", { limits: { ordersPerEmail: 5.5 } }, ["limits", "ordersPerEmail"]],
  ])("with %s is refused whole, and says where", (_, patch, path) => {
    const result = patchSettings({}, { limits: { lookUpsPerEmail: 5 }, ...patch });
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.map((flaw) => flaw.path)).toEqual([path]);
  });

  test("is not in the way of a section that cannot be read and is not its business", () => {
    const unread = { limits: { ordersPerEmail: "many" } };
    expect(patched(unread, {})).toEqual(unread);
    expect(patchSettings(unread, { limits: { ordersPerNetwork: 60 } }).ok).toBe(false);
  });

  test("says in words what is not known", () => {
    const unknown = (patch: SettingsPatch) => {
      const result = patchSettings({}, patch);
      return result.ok ? [] : result.error.map(({ message }) => message);
    };
    expect(unknown({ weather: null })).toEqual(["there is no such section"]);
    expect(unknown({ limits: { smells: 1 } })).toEqual(["there is no such setting"]);
  });

  test("keeps what a newer version has stored, in a section it changes too", () => {
    const decided = { limits: { smellsPerNose: 3 }, weather: { sunny: true } };
    expect(patched(decided, { limits: { ordersPerEmail: 5 } })).toEqual({
      limits: { smellsPerNose: 3, ordersPerEmail: 5 },
      weather: { sunny: true },
    });
  });
});
