import type { App } from "../../domain/payments/surface.ts";
import type { GatewayRefusal, GatewayUnavailable } from "./payment-ports.ts";

/**
 * Inside an app, a gateway may open payments only for the one who is logged in there, and only the app tells who
 * that is: the buyer's browser goes to its address and comes back with a code, which is good once.
 */
export interface Recognition {
  readonly inside: App;
  /** `state`, at most 128 letters and digits, comes back beside the code. */
  address(returnUrl: string, state: string): string;
  openIdOf(code: string): Promise<Recognized>;
}

export type Recognized =
  | { readonly kind: "recognized"; readonly openId: string }
  | GatewayRefusal
  | GatewayUnavailable;
