/** Lets a call through (resolves), fails it (rejects) or keeps it waiting (neither). */
export type Gate = (what: string) => Promise<void>;

/** D1 behind a gate that each statement and each batch must pass. */
export function gatedDatabase(database: D1Database, gate: Gate): D1Database {
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
  return new Proxy(database, {
    get(target, property) {
      if (property === "prepare") return (text: string) => gated(target.prepare(text), text);
      if (property === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          await gate("batch");
          return target.batch(statements.map((each) => originals.get(each) ?? each));
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}
