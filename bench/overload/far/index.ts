import { ProductStock } from "../../../durable-objects/product-stock/object.ts";
import { DropController } from "../../../durable-objects/drop-controller/object.ts";
import { RateLimiter } from "../../../durable-objects/rate-limiter/object.ts";
import type { Bindings } from "../../../src/platform/bindings.ts";
import { makeWorker } from "../../../src/platform/worker.ts";
import { CALL_MS, EACH_MS } from "./pace.ts";

/** The production Worker before a stock object as slow as one over a wire; never deployed. */
const shop = makeWorker();
const far = new WeakMap<object, Bindings>();

export { DropController, ProductStock, RateLimiter };

export default {
  async fetch(request, env, ctx) {
    return (await shop.fetch?.(request, farEnv(env), ctx)) ?? new Response(null, { status: 500 });
  },
  queue: (batch, env, ctx) => shop.queue?.(batch, farEnv(env), ctx),
} satisfies ExportedHandler<Bindings>;

/** The same bindings for each request of an isolate: the shop remembers things by them. */
function farEnv(env: Bindings): Bindings {
  let wrapped = far.get(env);
  if (wrapped === undefined) {
    wrapped = { ...env, PRODUCT_STOCK: farNamespace(env.PRODUCT_STOCK) };
    far.set(env, wrapped);
  }
  return wrapped;
}

function farNamespace(namespace: Bindings["PRODUCT_STOCK"]): Bindings["PRODUCT_STOCK"] {
  return new Proxy(namespace, {
    get(target, property) {
      if (property === "getByName") return (name: string) => farStub(target.getByName(name));
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

function farStub(stub: object): object {
  return new Proxy(stub, {
    get: (_, name) => {
      const method: unknown = Reflect.get(stub, name);
      if (name !== "reserve" || typeof method !== "function") return method;
      return async (requests: readonly unknown[]): Promise<unknown> => {
        await scheduler.wait(CALL_MS + EACH_MS * requests.length);
        return Reflect.apply(method, stub, [requests]) as unknown;
      };
    },
  });
}
