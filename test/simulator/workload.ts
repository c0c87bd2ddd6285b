import { Acting } from "./acting.ts";
import type { Auditor } from "./auditor.ts";
import { cancel, look, place } from "./buyer-acts.ts";
import { pay } from "./gateway-acts.ts";
import { addKeys, announce, edit, fulfil, markPaid, review } from "./merchant-acts.ts";
import { dispute } from "./money/dispute-acts.ts";
import { deskRefund, listen, refund } from "./money/refund-acts.ts";
import type { Operation } from "./operations.ts";
import type { PlantedFault } from "./planted-fault.ts";
import type { Random } from "./random.ts";
import { stockOf } from "./shop.ts";
import type { StockObject } from "./stock-object.ts";
import type { World } from "./world.ts";

const MISHAPS: ReadonlySet<Operation["kind"]> = new Set([
  "kill",
  "kill_isolate",
  "down",
  "skew",
  "skew_edges",
]);

/**
 * Does what the script says, through the flows, as the buyers, the gateways and the merchants
 * would: who gets no answer does not know, and asks again with the same words. It tells the auditor
 * what was asked and what was answered, and judges nothing.
 */
export class Workload {
  /** Operations that are under way. */
  running = 0;
  readonly #acting: Acting;

  constructor(world: World, auditor: Auditor, fault: PlantedFault) {
    this.#acting = new Acting(world, auditor, fault);
  }

  begin(script: readonly Operation[]): void {
    const { timeline, money, random } = this.#acting.world;
    for (const gateway of money?.gateways.values() ?? [])
      listen(this.#acting, gateway, random.fork(gateway.name), (by) => (this.running += by));
    for (const operation of script) {
      if (operation.kind === "order") this.#acting.orders.set(operation.n, operation);
      this.running++;
      timeline.at(timeline.startMs + operation.atMs, () => void this.#do(operation));
    }
  }

  async #do(operation: Operation): Promise<void> {
    const random = this.#acting.world.random.fork(JSON.stringify(operation));
    try {
      await this.#act(operation, random);
    } catch (error) {
      this.#acting.auditor.broken("an operation ends in an answer", String(error));
    } finally {
      this.running--;
    }
  }

  #act(operation: Operation, random: Random): Promise<void> | void {
    const { network, timeline } = this.#acting.world;
    if (MISHAPS.has(operation.kind)) this.#acting.world.isDisturbed = true;
    switch (operation.kind) {
      case "order":
        return place(this.#acting, operation, random);
      case "pay":
        return pay(this.#acting, operation, random);
      case "cancel":
        return cancel(this.#acting, operation, random);
      case "import":
        return addKeys(this.#acting, operation, random);
      case "fulfil":
        return fulfil(this.#acting, operation, random);
      case "look":
        return look(this.#acting, operation, random);
      case "mark_paid":
        return markPaid(this.#acting, operation.n, random);
      case "review":
        return review(this.#acting, operation, random);
      case "edit":
        return edit(this.#acting, operation, random);
      case "kill":
        return this.#object(operation).die(operation.place);
      case "kill_isolate":
        return this.#acting.world.isolate(operation.which).die();
      case "down":
        network.down.add(operation.what);
        timeline.at(timeline.nowMs + operation.forMs, () => network.down.delete(operation.what));
        return;
      case "skew":
        return this.#object(operation).setSkew(operation.byMs);
      case "skew_edges":
        this.#acting.world.edgeSkewMs = operation.byMs;
        return;
      case "announce":
        return announce(this.#acting, operation.product, random);
      case "refund":
        return refund(this.#acting, operation, random);
      case "desk_refund":
        return deskRefund(this.#acting, operation, random);
      case "dispute":
        return dispute(this.#acting, operation, random);
      default:
        return operation satisfies never;
    }
  }

  #object({ product, shard }: { product: number; shard: number }): StockObject {
    const { shop } = this.#acting.world;
    return this.#acting.world.object(stockOf(shop.listing(product).product.terms, shard));
  }
}
