import type { Product } from "../../domain/product/product.ts";
import { renderMarkdown } from "./markdown.ts";

/**
 * Pages ask nobody but the shop for pictures: what a merchant has elsewhere is shown under an address of
 * ours, by its place among the product's pictures. `place` 0 is the product's own, those of its description
 * follow in their order. The version is in the address, so that a browser may keep what it got.
 */
export function pictureAddress({ slug, terms }: Product, place: number): string {
  return `/p/${slug}/pictures/${place}?v=${terms.version}`;
}

/** A file of the shop's own is shown as it is. */
export function isElsewhere(address: string): boolean {
  return /^https:/i.test(address);
}

/** The description, its pictures under addresses of ours. */
export function renderDescription(product: Product): string {
  let place = 0;
  return renderMarkdown(product.descriptionMd, (address) =>
    isElsewhere(address) ? pictureAddress(product, ++place) : address,
  );
}

/** Where the picture of that place is; null for none. */
export function pictureAt({ imageUrl, descriptionMd }: Product, place: number): string | null {
  if (place === 0) return imageUrl !== null && isElsewhere(imageUrl) ? imageUrl : null;
  const addresses: string[] = [];
  renderMarkdown(descriptionMd, (address) => {
    if (isElsewhere(address)) addresses.push(address);
    return address;
  });
  return addresses[place - 1] ?? null;
}
