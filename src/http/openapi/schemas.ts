import { z } from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

const HERE = "#/components/schemas/";

/** JSON Schemas of zod schemas; those that have an id are gathered to be referred to. */
export class Schemas {
  readonly named: Record<string, JsonSchema> = {};

  /**
   * As it is written by whoever sends it, so that transforms need no schema of their own; an answer
   * is left open to new fields, which clients must expect.
   */
  of(schema: z.ZodType): JsonSchema {
    const made = z.toJSONSchema(schema, {
      target: "draft-2020-12",
      io: "input",
      override: ({ jsonSchema }) => tidy(jsonSchema),
    });
    const { $schema: _draft, $defs = {}, ...body } = made;
    for (const [name, definition] of Object.entries($defs)) this.#keep(name, relocated(definition));
    return relocated(body);
  }

  #keep(name: string, definition: JsonSchema): void {
    const { id: _id, ...kept } = definition;
    const known = this.named[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(kept)) {
      throw new Error(`two schemas are called ${name}`);
    }
    this.named[name] = kept;
  }
}

function relocated(schema: unknown): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', `"${HERE}`);
  return JSON.parse(text) as JsonSchema;
}

/** A reference to what `named` holds. */
export function refer(name: string): JsonSchema {
  return { $ref: `${HERE}${name}` };
}

/** Drops what says nothing: the range of safe integers, and a pattern where the format is named. */
function tidy(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.format === "date-time") delete schema.pattern;
}
