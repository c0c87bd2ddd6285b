import { isDatabaseDown } from "../domain/overload/database-down.ts";
import { Unavailable } from "../domain/overload/unavailable.ts";
import type { GuardedCall } from "../flows/ports.ts";

/** D1 that has not answered after so long is of no use to someone who waits. */
const SLOW_MS = 2_000;
const CALLS = new Set<string | symbol>(["all", "first", "raw", "run"]);

/**
 * D1 through its breaker, for what isolates remember: while it is open, a reading throws Unavailable at
 * once, and whoever has something remembered goes on with that (domain/memory/read-through.ts). What D1 says of
 * a statement of ours is no failure of its.
 */
export function guardedDatabase(database: D1Database, guarded: GuardedCall): D1Database {
  return guardedClient(database, guarded);
}

function guardedClient<Client extends object>(client: Client, guarded: GuardedCall): Client {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const through = <Value>(work: () => Promise<Value>) => throughBreaker(guarded, work);
  const guardedStatement = (statement: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, property) {
        if (property === "bind") {
          return (...values: unknown[]) => guardedStatement(target.bind(...values));
        }
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        if (!CALLS.has(property)) return member.bind(target) as unknown;
        return (...words: unknown[]) => through(async () => member.apply(target, words) as unknown);
      },
    });
    originals.set(wrapped, statement);
    return wrapped;
  };
  return new Proxy(client, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      const call = member.bind(target) as (...words: unknown[]) => unknown;
      switch (property) {
        case "prepare":
          return (text: string) => guardedStatement(call(text) as D1PreparedStatement);
        case "withSession":
          return (...words: unknown[]) => guardedClient(call(...words) as object, guarded);
        case "batch":
          return (statements: D1PreparedStatement[]) =>
            through(async () => call(statements.map((each) => originals.get(each) ?? each)));
        default:
          return call;
      }
    },
  });
}

async function throughBreaker<Value>(
  guarded: GuardedCall,
  work: () => Promise<Value>,
): Promise<Value> {
  const ran = await guarded.run(work, { isFault: isDatabaseDown, slowMs: SLOW_MS });
  if (ran.ok) return ran.value;
  throw new Unavailable("database", Math.ceil(ran.error.retryAfterMs / 1000));
}
