import type { z } from "zod";
import { err, ok, type Result } from "../result.ts";
import { limitSettings } from "./limits.ts";
import { moneySettings } from "./money.ts";
import { riskSettings } from "./risk.ts";
import { statementSettings } from "./statements.ts";
import { switchSettings } from "./switches.ts";

/**
 * What a merchant decides for their whole shop, by subject. A subject is one file of `settings/` and one
 * line here: a `z.object` of fields that each have a default, so that a shop which has decided nothing
 * has settings too. A field is one value, a list, or a record by id; it is changed whole. Its name is
 * snake_case over HTTP, made mechanically.
 */
export const SECTIONS = {
  limits: limitSettings,
  money: moneySettings,
  risk: riskSettings,
  statements: statementSettings,
  switches: switchSettings,
} as const satisfies Record<string, z.ZodObject>;

export type SectionName = keyof typeof SECTIONS;
export type ShopSettings = {
  readonly [Name in SectionName]: Readonly<z.output<(typeof SECTIONS)[Name]>>;
};

/** What is stored: only what was decided, so that a default that changes later holds for all others. */
export type Decided = Readonly<Record<string, Fields>>;
type Fields = Readonly<Record<string, unknown>>;

/**
 * In the spirit of RFC 7396: what a patch does not name stays, and null takes a decision back, of a
 * field or of a whole section.
 */
export type SettingsPatch = Readonly<Record<string, Fields | null>>;

/** `path` is of the section and field, as they are called here. */
export interface SettingsFlaw {
  readonly path: readonly string[];
  readonly message: string;
}

const NAMES = Object.keys(SECTIONS) as SectionName[];

/**
 * The settings that hold. What this version does not know is passed over: after a rollback a newer one
 * has written it. A field whose value it cannot read has its default.
 */
export function settingsOf(decided: Decided): ShopSettings {
  const sections = NAMES.map((name) => [name, sectionOf(SECTIONS[name], decided[name] ?? {})]);
  // The compiler cannot see that each section went through the schema of its own name.
  return Object.fromEntries(sections) as ShopSettings;
}

function sectionOf(schema: z.ZodObject, fields: Fields): unknown {
  const whole = schema.safeParse(fields);
  if (whole.success) return whole.data;
  const bad = new Set(whole.error.issues.map(({ path }) => path[0]));
  // Without a path it is no section at all, or fields that do not go together.
  const good = bad.has(undefined)
    ? []
    : Object.entries(fields).filter(([field]) => !bad.has(field));
  const rest = schema.safeParse(Object.fromEntries(good));
  return rest.success ? rest.data : schema.parse({});
}

/** Refuses what this version does not know, and keeps what is stored of it. */
export function patchSettings(
  decided: Decided,
  patch: SettingsPatch,
): Result<Decided, SettingsFlaw[]> {
  const flaws = Object.entries(patch).flatMap(([name, fields]) => unknownIn(name, fields));
  if (flaws.length > 0) return err(flaws);
  const patched = Object.entries(patch).reduce<Decided>(
    (sections, [name, fields]) => patchSection(sections, name, fields),
    decided,
  );
  const wrong = NAMES.filter((name) => name in patch).flatMap((name) =>
    flawsOf(name, patched[name] ?? {}),
  );
  return wrong.length > 0 ? err(wrong) : ok(patched);
}

function unknownIn(name: string, fields: Fields | null): SettingsFlaw[] {
  if (!isSection(name)) return [{ path: [name], message: "there is no such section" }];
  const known = SECTIONS[name].shape;
  return Object.keys(fields ?? {})
    .filter((field) => !Object.hasOwn(known, field))
    .map((field) => ({ path: [name, field], message: "there is no such setting" }));
}

function isSection(name: string): name is SectionName {
  return Object.hasOwn(SECTIONS, name);
}

function patchSection(decided: Decided, name: string, fields: Fields | null): Decided {
  const { [name]: before = {}, ...others } = decided;
  if (fields === null) return others;
  const merged = Object.entries({ ...before, ...fields }).filter(([, value]) => value !== null);
  return merged.length === 0 ? others : { ...others, [name]: Object.fromEntries(merged) };
}

function flawsOf(name: SectionName, fields: Fields): SettingsFlaw[] {
  const parsed = SECTIONS[name].safeParse(fields);
  if (parsed.success) return [];
  return parsed.error.issues.map(({ path, message }) => ({
    path: [name, ...path.map(String)],
    message,
  }));
}
