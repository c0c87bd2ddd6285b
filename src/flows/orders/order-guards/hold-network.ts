import { knownNetwork } from "../../../domain/network/caller.ts";
import type { Vault } from "../../ports.ts";
import type { AskedOrder, Guarded } from "./order-guard.ts";

/** 128 bits of the digest: two networks of a product are one by accident once in 2^64 pairs. */
const DIGEST_CHARACTERS = 22;

/**
 * Refuses nobody: tells the stock object from which network the order comes, for its caps on holds. As
 * a keyed digest, another one for each product: the address itself is nowhere stored.
 */
export async function tellHoldNetwork(
  { vault }: { readonly vault: Pick<Vault, "digestText"> },
  { request, listing }: AskedOrder,
): Promise<Guarded> {
  const { productId, limits } = listing.product.terms;
  const network = knownNetwork(request.caller);
  if (network === null || limits.holds === undefined) return { kind: "passed" };
  const digest = await vault.digestText("network", `${productId}\n${network}`);
  return { kind: "passed", adds: { network: digest.slice(0, DIGEST_CHARACTERS) } };
}
