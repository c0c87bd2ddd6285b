import type { z } from "zod";
import type { Scope } from "../../domain/scopes.ts";
import type { ProblemCode } from "../problem.ts";

/**
 * What the reference says of a route beyond what the route itself says: its method, its path and the
 * scope that it asks for are read from Hono (docs/decisions/0015). Schemas are the ones that parse.
 */
export interface Operation {
  /** camelCase, unique among the operations of one API: clients are generated with it. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** The caller shows the order's own access token. */
  readonly orderToken?: true;
  /** The caller shows the operator's own token, the one of the environment. */
  readonly operatorToken?: true;
  /** A shop that is switched off does not answer it. */
  readonly sells?: true;
  readonly idempotencyKey?: "required" | "optional";
  /** If-Match with the version that the caller has read; optional: whichever it is without. */
  readonly ifMatch?: true | "optional";
  readonly query?: z.ZodObject;
  /** By media type. */
  readonly body?: Readonly<Record<string, Body>>;
  readonly bodyOptional?: true;
  /** Successes by status, and what looks like one (a readiness that says no). */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Refusals of its own, each with when it comes and what evidence it brings. */
  readonly problems?: Readonly<Partial<Record<ProblemCode, string>>>;
}

export interface Body {
  readonly schema: z.ZodType;
  /** A body that is taken: a test parses it. Text as it is sent; JSON as its value. */
  readonly example: unknown;
}

export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** application/json unless it says otherwise. */
  readonly type?: string;
  /** Its other forms, by media type. */
  readonly also?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Routed {
  readonly routes: readonly { readonly handler: object }[];
}

const operations = new WeakMap<object, Operation>();
const scopes = new WeakMap<object, Scope>();

/** Describes the one operation of `route`. Nothing of it is looked at before the document is made. */
export function describeRoute(route: Routed, operation: Operation): void {
  const handler = route.routes.at(-1)?.handler;
  if (handler === undefined) throw new Error(`${operation.name} has no handler`);
  operations.set(handler, operation);
}

export function operationOf(handler: object): Operation | undefined {
  return operations.get(handler);
}

/** Notes which scope a middleware asks for, so that the reference need not be told again. */
export function asksFor<Middleware extends object>(
  scope: Scope,
  middleware: Middleware,
): Middleware {
  scopes.set(middleware, scope);
  return middleware;
}

export function scopeOf(handler: object): Scope | undefined {
  return scopes.get(handler);
}

/** A JSON body with an example. */
export function json(schema: z.ZodType, example: unknown): Readonly<Record<string, Body>> {
  return { "application/json": { schema, example } };
}
