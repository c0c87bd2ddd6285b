import { noReadings, type Readings } from "./readings.ts";

/**
 * Counts what the platform would bill, from outside the code that is billed: bindings and storage
 * are wrapped before the shop sees them. Worker and objects are one isolate on workerd, so one
 * record serves them all.
 */
export const readings: Readings = noReadings();

const metered = new WeakMap<object, object>();

/** The same bindings for each request of an isolate: the shop remembers things by them. */
export function meteredEnv<Bindings extends object>(env: Bindings): Bindings {
  let wrapped = metered.get(env);
  if (wrapped === undefined) {
    wrapped = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, meter(value, name)]),
    );
    metered.set(env, wrapped);
  }
  // The same names with bindings of the same shape.
  return wrapped as Bindings;
}

function meter(binding: unknown, name: string): unknown {
  if (typeof binding !== "object" || binding === null) return binding;
  if ("getByName" in binding) return meteredNamespace(binding, name === "PRODUCT_STOCK");
  if ("sendBatch" in binding) return meteredQueue(binding);
  if ("prepare" in binding) meterD1(binding);
  return binding;
}

/** An object whose named methods are others; everything else is the object's own. */
function overriding(target: object, methods: Record<string, (...args: never[]) => unknown>) {
  return new Proxy(target, {
    get: (_, name) => {
      const own = typeof name === "string" ? methods[name] : undefined;
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function meteredNamespace(namespace: object, isStock: boolean): object {
  const { getByName } = namespace as DurableObjectNamespace;
  return overriding(namespace, {
    getByName: (...args: Parameters<typeof getByName>) =>
      meteredStub(getByName.apply(namespace as DurableObjectNamespace, args), isStock),
  });
}

function meteredStub(stub: object, isStock: boolean): object {
  return new Proxy(stub, {
    get: (_, name) => {
      const method: unknown = Reflect.get(stub, name);
      if (typeof name !== "string" || typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        readings.objectRequests++;
        if (isStock) readings.stockRequests++;
        if (name === "reserve") {
          readings.reserveCalls++;
          readings.reservations += (args[0] as unknown[]).length;
        }
        return Reflect.apply(method, stub, args);
      };
    },
  });
}

function meteredQueue(queue: object): object {
  const original = queue as Queue;
  return overriding(queue, {
    send: (...args: Parameters<Queue["send"]>) => {
      readings.queueMessages++;
      return original.send(...args);
    },
    sendBatch: (...args: Parameters<Queue["sendBatch"]>) => {
      const messages = [...args[0]];
      readings.queueMessages += messages.length;
      return original.sendBatch(messages, args[1]);
    },
  });
}

interface D1Answer {
  readonly meta?: { readonly rows_read?: number; readonly rows_written?: number };
}

const patched = new WeakSet<object>();

/**
 * D1's client sends everything through one method of its sessions, whose answers say what was read
 * and written; `raw()` itself does not pass that on. Throws where the client is made otherwise.
 */
function meterD1(database: object): void {
  const prototype = ownerOf((database as D1Database).withSession(), "_send");
  patch(prototype, "_send", async (send) => {
    const answer = (await send()) as D1Answer | D1Answer[];
    for (const { meta } of Array.isArray(answer) ? answer : [answer]) {
      readings.d1RowsRead += meta?.rows_read ?? 0;
      readings.d1RowsWritten += meta?.rows_written ?? 0;
    }
    return answer;
  });
}

/** Rows that the object's cursors read and wrote, and its alarm. */
export function meteredContext<Context extends DurableObjectState>(ctx: Context): Context {
  const { storage } = ctx;
  patch(ownerOf(storage.sql, "exec"), "exec", (exec) => {
    const cursor = exec() as SqlStorageCursor<never>;
    // Each row is counted once, whichever method reads the cursor to its end.
    for (const name of ["toArray", "one"]) patch(ownerOf(cursor, name), name, countedRead);
    return cursor;
  });
  patch(ownerOf(storage, "setAlarm"), "setAlarm", (set) => {
    readings.objectRowsWritten++;
    return set();
  });
  return ctx;
}

function countedRead(read: () => unknown, cursor: object): unknown {
  const rows = read();
  const { rowsRead, rowsWritten } = cursor as SqlStorageCursor<never>;
  readings.objectRowsRead += rowsRead;
  readings.objectRowsWritten += rowsWritten;
  return rows;
}

/** Replaces a method once, for all instances. */
function patch(
  prototype: object,
  name: string,
  around: (original: () => unknown, self: object) => unknown,
): void {
  const original: unknown = Reflect.get(prototype, name);
  if (typeof original !== "function" || patched.has(original)) return;
  const replacement = function replacement(this: object, ...args: unknown[]): unknown {
    return around(() => Reflect.apply(original, this, args) as unknown, this);
  };
  patched.add(replacement);
  Object.defineProperty(prototype, name, {
    value: replacement,
    writable: true,
    configurable: true,
  });
}

/** Which object of the prototype chain has the method. */
function ownerOf(instance: unknown, method: string): object {
  for (let at: unknown = instance; typeof at === "object" && at !== null;) {
    if (Object.hasOwn(at, method)) return at;
    at = Object.getPrototypeOf(at);
  }
  throw new Error(`the platform has no ${method} here: the meter must be mended`);
}
