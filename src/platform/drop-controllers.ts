import type { DropControllerRpc } from "../../durable-objects/drop-controller/contract.ts";
import { Unavailable } from "../domain/overload/unavailable.ts";
import type { Turns } from "../domain/overload/turns.ts";
import type { DropControllers } from "../flows/drops/drop-ports.ts";

/** What is used of the binding to the objects. */
interface ControllerNamespace {
  getByName(name: string): unknown;
}

/** Longer than any answer takes: what an isolate knew last is better than waiting for more. */
const PATIENCE_MS = 2_000;

/**
 * Stubs of controllers. A call is tried once: states are read again within a second and reports are sent
 * again with the next one, so a retry would only add to what the object has too much of.
 */
export function dropControllers(namespace: ControllerNamespace, turns: Turns): DropControllers {
  return {
    of(id) {
      const call = async <T>(work: (stub: DropControllerRpc) => Promise<T>): Promise<T> => {
        const late = turns.wait(PATIENCE_MS).then(() => {
          throw new Unavailable("drop", 1);
        });
        try {
          // What the stub answers is what the contract says; the types of RPC cannot tell.
          return await Promise.race([work(namespace.getByName(id) as DropControllerRpc), late]);
        } catch (cause) {
          throw cause instanceof Unavailable ? cause : new Unavailable("drop", 1, { cause });
        }
      };
      return {
        configure: (terms) => call((stub) => stub.configure(terms)),
        state: () => call((stub) => stub.state()),
        report: (report) => call((stub) => stub.report(report)),
      };
    },
  };
}
