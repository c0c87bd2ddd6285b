/** Lets a call through (resolves), fails it (rejects) or keeps it waiting (neither). */
export type Gate = (what: string) => Promise<void>;

/** D1 behind a gate that each statement and each batch must pass, those of a session too. */
export function gatedDatabase(database: D1Database, gate: Gate): D1Database {
  return gatedClient(database, gate);
}

type Client = Pick<D1Database, "prepare" | "batch">;

function gatedClient<Gated extends Client>(client: Gated, gate: Gate): Gated {
  const originals = new WeakMap<object, D1PreparedStatement>();
  const gated = (statement: D1PreparedStatement, text: string): D1PreparedStatement => {
    const wrapped = new Proxy(statement, {
      get(target, property) {
        if (property === "bind") {
          return (...values: unknown[]) => gated(target.bind(...values), text);
        }
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return async (...words: unknown[]): Promise<unknown> => {
          await gate(text);
          return member.apply(target, words) as unknown;
        };
      },
    });
    originals.set(wrapped, statement);
    return wrapped;
  };
  return new Proxy(client, {
    get(target, property) {
      if (property === "prepare") return (text: string) => gated(target.prepare(text), text);
      if (property === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          await gate("batch");
          return target.batch(statements.map((each) => originals.get(each) ?? each));
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      const call = member.bind(target) as (...words: unknown[]) => unknown;
      if (property !== "withSession") return call;
      return (...words: unknown[]) => gatedClient(call(...words) as Client, gate);
    },
  });
}
