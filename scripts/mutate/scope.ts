/** What is mutated: the rules. The shells around them are held by tests in workerd. */
export const MUTATED = [
  "src/domain/**/*.ts",
  "durable-objects/product-stock/*.ts",
  "durable-objects/shared/*.ts",
];

/** Of those: what runs only in workerd, and what is types and constants of the calls into it. */
const SHELL = /\/(?:object|[\w-]*contract|durable-sql|alarm-clock)\.ts$/;

export function isMutated(file: string): boolean {
  const inScope =
    /^(?:src\/domain(?:\/(?!drop\/|statements\/|settings\/)[a-z]+)?|durable-objects\/(?:product-stock|shared))\/[\w-]+\.ts$/;
  return inScope.test(file) && !SHELL.test(file);
}

/** The least score, in percent: of everything, and of the files that count money and keys. */
export const SCORE_MIN = 85;
export const CORE_SCORE_MIN = 95;

export function isCore(file: string): boolean {
  return CORE.some((core) => file.endsWith(`/${core}.ts`));
}

const CORE = [
  "domain/money",
  "domain/product/pricing",
  "domain/order/order",
  "product-stock/payments",
  "product-stock/reserve",
  "product-stock/lapse",
  "product-stock/restock",
  "product-stock/pool",
  "product-stock/free-keys",
  "product-stock/orders",
  "product-stock/outbox",
];
