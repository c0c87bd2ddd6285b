import { composeEdge, type Edge } from "./edge.ts";
import { Process } from "./network.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/**
 * One isolate of the Worker: many requests at once, and a memory that they share. It dies as a
 * whole, with all that was under way in it; its successor knows nothing.
 */
export class Isolate {
  readonly #world: World;
  readonly #running = new Set<Process>();
  #edge: Edge;
  deaths = 0;

  constructor(world: World) {
    this.#world = world;
    this.#edge = composeEdge(world);
  }

  /** A request, a message or a job. Rejects with Died where it gives no answer. */
  async run<T>(random: Random, work: (edge: Edge) => Promise<T>): Promise<T> {
    const process = new Process(random);
    const edge = this.#edge;
    this.#running.add(process);
    try {
      return await process.run(() => work(edge));
    } finally {
      this.#running.delete(process);
    }
  }

  die(): void {
    this.deaths++;
    this.#edge = composeEdge(this.#world);
    for (const process of this.#running) process.die();
    this.#running.clear();
  }
}
