import { epay } from "./epay.ts";
import type { GatewayKind } from "./gateway.ts";

/** Every gateway that an account may name. A new one is its file and its line here. */
const GATEWAYS: Readonly<Record<string, GatewayKind>> = {
  epay,
};

export const GATEWAY_NAMES = Object.keys(GATEWAYS);

export function gatewayKind(name: string): GatewayKind | null {
  return Object.hasOwn(GATEWAYS, name) ? (GATEWAYS[name] ?? null) : null;
}
