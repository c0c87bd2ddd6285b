import { DurableObject } from "cloudflare:workers";
import { Unavailable } from "../../../src/domain/overload/unavailable.ts";
import { Coalescer } from "../../../src/platform/coalescer.ts";
import { workerTurns } from "../../../src/platform/worker-turns.ts";

/** What a request says of itself, and what its answer must say. */
interface Item {
  readonly name: string;
  /** "bug": the object throws for whatever call carries it. "overloaded": it takes no such call. */
  readonly fate: string;
}

/** Answers each item by its name, after as long as the slowest wants, having written a row. */
export class Told extends DurableObject {
  async answer(items: readonly Item[]): Promise<string[]> {
    if (items.some(({ fate }) => fate === "bug")) throw new Error("the object has a bug");
    if (items.some(({ fate }) => fate === "overloaded")) throw new Error("overloaded");
    if (items.some(({ fate }) => fate === "slow")) await scheduler.wait(30);
    await this.ctx.storage.put("calls", Date.now());
    return items.map(({ name }) => `answer to ${name}`);
  }
}

interface Env {
  readonly TOLD: DurableObjectNamespace<Told>;
}

const seen = { calls: 0, items: 0, most: 0 };
const lines = new WeakMap<Env, Coalescer<Item, string>>();

function lineOf(env: Env): Coalescer<Item, string> {
  const line = lines.get(env) ?? makeLine(env);
  lines.set(env, line);
  return line;
}

function makeLine(env: Env): Coalescer<Item, string> {
  return new Coalescer<Item, string>({
    turns: workerTurns,
    dependency: "told",
    batchMax: 100,
    waitingMax: 1_000,
    patienceMs: 3_000,
    turnMs: 3_000,
    async send(items) {
      seen.calls++;
      seen.items += items.length;
      seen.most = Math.max(seen.most, items.length);
      try {
        return await env.TOLD.getByName("one").answer([...items]);
      } catch (error) {
        // Workerd gives a local object no `.overloaded` of its own.
        if (String(error).includes("overloaded")) throw new Unavailable("told", 1);
        throw error;
      }
    },
  });
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/seen") return Response.json(seen);
    const item = { name: searchParams.get("name") ?? "", fate: searchParams.get("fate") ?? "" };
    try {
      return new Response(await lineOf(env).ask(item));
    } catch (error) {
      return new Response(String(error), { status: error instanceof Unavailable ? 503 : 500 });
    }
  },
} satisfies ExportedHandler<Env>;
