/**
 * A dependency that cannot answer now (an overloaded object, a database that is down). Nothing was
 * refused: the same request with the same Idempotency-Key may be made again after `retryAfterSeconds`.
 */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly dependency: string;
  readonly retryAfterSeconds: number;

  constructor(dependency: string, retryAfterSeconds: number, options?: ErrorOptions) {
    super(`${dependency} is unavailable`, options);
    this.dependency = dependency;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
