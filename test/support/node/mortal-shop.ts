import { buildWorker, startBuiltWorker, type BuiltWorker } from "../../../scripts/built-worker.ts";
import { migrate } from "../../../scripts/migrate.ts";
import { ShopClient, throwAwaySecrets } from "../../../scripts/shop-client.ts";
import { killWorkerd } from "./kill-workerd.ts";

/** An answer as it was heard, to the last byte; what broke on the way was not heard. */
export interface Heard {
  readonly status: number;
  readonly text: string;
}

/** Asking goes on until there is an answer; a shop that never answers is a failure, not a wait. */
const TRIES_MAX = 200;

/**
 * The built Worker over one disk, as often as it is killed. Who asks it asks until they are
 * answered, with the same words each time, as browsers and gateways do.
 */
export class MortalShop {
  readonly secrets = throwAwaySecrets();
  kills = 0;
  /** Answers that were heard since the shop last came up. */
  heard = 0;
  /** Requests that were under way when the process died, and whose answer nobody heard. */
  unheard = 0;
  readonly #folder: string;
  readonly #bundle: string;
  #up = Promise.withResolvers<BuiltWorker>();
  #worker: BuiltWorker | null = null;
  #onHeard: () => void = () => {};

  private constructor(folder: string, bundle: string) {
    this.#folder = folder;
    this.#bundle = bundle;
  }

  static async open(folder: string): Promise<MortalShop> {
    const bundle = await buildWorker("src/development/index.ts", `${folder}/bundle`);
    const shop = new MortalShop(folder, bundle);
    await shop.start();
    await migrate(shop.worker.miniflare);
    return shop;
  }

  get worker(): BuiltWorker {
    if (this.#worker === null) throw new Error("the shop is down");
    return this.#worker;
  }

  get client(): ShopClient {
    return new ShopClient(this.worker.origin, this.secrets.ADMIN_TOKEN);
  }

  async start(): Promise<void> {
    this.heard = 0;
    this.#worker = await startBuiltWorker({
      bundle: this.#bundle,
      state: `${this.#folder}/state`,
      bindings: { ...this.secrets, KAMIDROP_ENV: "development" },
      withoutAssets: true,
      onLog: () => {},
    });
    this.#up.resolve(this.#worker);
  }

  async kill(): Promise<void> {
    const { worker } = this;
    this.#worker = null;
    this.#up = Promise.withResolvers();
    if (killWorkerd() === 0) throw new Error("there was no workerd to kill");
    this.kills++;
    await worker.stop();
  }

  /** Resolves when that many answers have been heard since the shop came up. */
  answers(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeard = () => {
      if (this.heard >= count) resolve();
    };
    this.#onHeard();
    return promise;
  }

  /** Until it is answered; an answer that says "not now" is none. */
  async ask(path: string, init: RequestInit = {}): Promise<Heard> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      // Each try is made because nothing was heard of the one before.
      const answer = await this.#once(path, init);
      if (answer === null || answer.status >= 500) continue;
      this.heard++;
      this.#onHeard();
      return answer;
    }
    throw new Error(`${path} was never answered`);
  }

  async #once(path: string, init: RequestInit): Promise<Heard | null> {
    const { origin } = await this.#up.promise;
    try {
      const response = await fetch(origin + path, init);
      return { status: response.status, text: await response.text() };
    } catch {
      // The process died under the request: whether it was done, nobody can say.
      this.unheard++;
      return null;
    }
  }

  async close(): Promise<void> {
    await this.#worker?.stop();
  }
}
