import { z } from "zod";
import { makeApp } from "../../../src/http/app.ts";
import {
  makeDocument,
  type DocumentedAnswer,
  type DocumentedOperation,
} from "../../../src/http/openapi/document.ts";

interface Said {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly json: unknown;
}

/**
 * Holds an answer to /openapi.json, as whoever generates a client from it would: the status, the
 * media type, the code of a problem and every field must be told there. Addresses that the document
 * does not have are not its business.
 */
export function holdToReference(said: Said): void {
  const operation = operationAt(said);
  if (operation === undefined) return;
  const wrong = flawOf(operation, said);
  if (wrong === null) return;
  throw new Error(`${said.method} ${said.path}: not as /openapi.json says. ${wrong}`);
}

/** As it is served: test/worker/openapi.test.ts holds that. */
const document = makeDocument(makeApp(() => undefined).routes);

function operationAt({ method, path }: Said): DocumentedOperation | undefined {
  const [address = ""] = path.split("?", 1);
  const found = Object.keys(document.paths).find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(address),
  );
  return found === undefined ? undefined : document.paths[found]?.[method.toLowerCase()];
}

function flawOf(operation: DocumentedOperation, said: Said): string | null {
  const answer = operation.responses[said.status];
  if (answer === undefined) return `It tells of no ${said.status}.`;
  if (said.status === 204) return null;
  const schema = answer.content?.[said.type]?.schema;
  if (schema === undefined) return `A ${said.status} is not ${said.type}.`;
  if (said.type === "application/problem+json") return problemFlaw(answer, said);
  // Other texts are held to it where a test has them as a value.
  if (said.json === null) return null;
  const checked = validator(schema).safeParse(said.json);
  return checked.success ? null : z.prettifyError(checked.error);
}

function problemFlaw(answer: DocumentedAnswer, said: Said): string | null {
  const checked = validator({ $ref: "#/components/schemas/Problem" }).safeParse(said.json);
  if (!checked.success) return z.prettifyError(checked.error);
  const { code } = said.json as { code: string };
  const codes = answer.content?.[said.type]?.schema.properties?.["code"];
  const told = typeof codes === "object" && codes.enum?.includes(code) === true;
  return told ? null : `A ${said.status} is told of, but not ${code}.`;
}

const validators = new Map<string, z.ZodType>();

function validator(schema: object): z.ZodType {
  const key = JSON.stringify(schema);
  let known = validators.get(key);
  if (known === undefined) {
    const whole = { ...schema, $defs: document.components.schemas };
    const text = JSON.stringify(closed(whole)).replaceAll("#/components/schemas/", "#/$defs/");
    known = z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0]);
    validators.set(key, known);
  }
  return known;
}

/** The document leaves answers open, so that they may gain fields; here each field must be told. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([name, part]) => [name, closed(part)] as const);
  const open = "properties" in schema && !("additionalProperties" in schema);
  return Object.fromEntries(open ? [...parts, ["additionalProperties", false]] : parts);
}
