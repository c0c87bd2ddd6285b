import { z } from "zod";
import {
  SECTIONS,
  settingsOf,
  type Decided,
  type SettingsPatch,
} from "../../../domain/settings/shop-settings.ts";
import { instant, timeJson } from "../../api/json.ts";

/** Fields of settings are snake_case over HTTP and camelCase within; what is in a field stays. */
export function snakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(field: string): string {
  return field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function renamed<Value>(fields: Readonly<Record<string, Value>>, name: (field: string) => string) {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [name(field), value] as const),
  );
}

function eachSection<Value>(of: (schema: z.ZodObject) => Value): Record<string, Value> {
  return Object.fromEntries(Object.entries(SECTIONS).map(([name, schema]) => [name, of(schema)]));
}

/** The settings that hold, defaults among them. */
export const settingsShape = z
  .object({
    version: z.int().describe("0 until something is decided."),
    updated_at: instant.nullable(),
    ...eachSection((schema) => z.object(renamed(schema.shape, snakeCase))),
  })
  .meta({ id: "ShopSettings" });

/** What may be sent: of each section what changes, null to go back to the default. */
export const settingsPatchBody = z.strictObject(
  eachSection((schema) => {
    const fields = Object.entries(schema.shape).map(([field, value]) => {
      const plain = value instanceof z.ZodDefault ? (value.unwrap() as z.ZodType) : value;
      return [snakeCase(field), plain.nullable().optional()] as const;
    });
    return z.strictObject(Object.fromEntries(fields)).nullable().optional();
  }),
);

export function settingsPatchIn(body: z.output<typeof settingsPatchBody>): SettingsPatch {
  const sections = Object.entries(body).flatMap(([name, fields]) =>
    fields === undefined ? [] : [[name, fields && renamed(fields, camelCase)] as const],
  );
  return Object.fromEntries(sections);
}

interface SettingsRecord {
  readonly version: number;
  readonly decided: Decided;
  readonly updatedAtMs: number | null;
}

export function settingsJson({ version, decided, updatedAtMs }: SettingsRecord) {
  const sections = Object.entries(settingsOf(decided)).map(([name, fields]) => [
    name,
    renamed<unknown>(fields, snakeCase),
  ]);
  return { version, updated_at: timeJson(updatedAtMs), ...Object.fromEntries(sections) } as const;
}
