import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../../src/development/index.ts";
import type { Bindings } from "../../../src/platform/bindings.ts";

type Fetched = Parameters<NonNullable<ExportedHandler<Bindings>["fetch"]>>[0];

let dataCentres = 0;

/**
 * The Worker once more, in an isolate of its own as far as its memory goes: what is between it and
 * the world is the test's to break. It is the real Worker over the real objects and the real D1. It is
 * alone in its data centre (what isolates share is named after their deployment), unless a test gives
 * two the same `CF_VERSION`.
 */
export function isolate(
  changes: Partial<Bindings> = {},
  built: ExportedHandler<Bindings> = worker,
) {
  const alone = { ...env.CF_VERSION, id: `data-centre-${++dataCentres}` };
  const bindings = { ...env, CF_VERSION: alone, ...changes } as Bindings;
  return {
    bindings,
    fetch: async (request: Request): Promise<Response> => {
      if (built.fetch === undefined) throw new Error("the Worker answers no requests");
      // What `cf` says of a request is nothing that the Worker reads.
      return built.fetch(request as Fetched, bindings, createExecutionContext());
    },
  };
}

/** What stands between a caller and an object: it may ask, not ask, ask twice, or change a word. */
export type Wire = (call: {
  readonly method: string;
  readonly words: readonly unknown[];
  readonly ask: (words?: readonly unknown[]) => Promise<unknown>;
}) => Promise<unknown>;

type Stocks = Bindings["PRODUCT_STOCK"];

/** The stock objects at the end of a wire of the test's. */
export function wiredObjects(namespace: Stocks, wire: Wire): Stocks {
  return new Proxy(namespace, {
    get(target, property) {
      if (property !== "getByName") {
        const member: unknown = Reflect.get(target, property, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      }
      return (name: string) => wired(target.getByName(name), wire);
    },
  });
}

function wired(stub: object, wire: Wire): unknown {
  return new Proxy(stub, {
    get(target, property) {
      const method = String(property);
      return (...words: unknown[]) =>
        wire({
          method,
          words,
          ask: async (given = words) => {
            // Every member of a stub is a method of the object's; also its "apply" would be one.
            const call = Reflect.get(target, property, target) as (...args: unknown[]) => unknown;
            return Reflect.apply(call, target, [...given]);
          },
        });
    },
  });
}
