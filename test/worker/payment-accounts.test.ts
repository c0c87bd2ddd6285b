import { beforeEach, describe, expect, test } from "vitest";
import { makePaymentAccounts, type SealedAccount } from "../../src/adapters/payments/accounts.ts";
import { credentialsPurpose } from "../../src/domain/payments/credentials-purpose.ts";
import type { AccountId, MerchantId } from "../../src/domain/ids.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { noFiles } from "../support/node/no-files.ts";

const ID = "acct_one" as AccountId;
const CREDENTIALS = { pid: "1001", key: "k", gateway_url: "https://pay.example.com/" };

const row: SealedAccount = {
  id: ID,
  merchantId: "mer_one" as MerchantId,
  gateway: "epay",
  currency: "CNY",
  sealedCredentials: "v1",
  queriesPerMinute: null,
};

/** A book that counts how often it is read, and a vault that opens what it is told to. */
class World {
  nowMs = 1_000_000;
  reads = 0;
  opens: string[] = [];
  hanging: Promise<void> = Promise.resolve();
  down = false;
  /** Settled by the test, where someone is to wait no longer. */
  patience = Promise.withResolvers<void>();
  readonly rows = new Map<AccountId, SealedAccount>([[ID, row]]);

  readonly accounts = makePaymentAccounts(
    {
      byId: async (id) => {
        this.reads++;
        await this.hanging;
        if (this.down) throw new Error("D1 is down");
        return this.rows.get(id) ?? null;
      },
    },
    {
      openText: async (purpose, sealed) => {
        this.opens.push(`${purpose} ${sealed}`);
        return JSON.stringify(CREDENTIALS);
      },
    },
    {
      clock: { nowMs: () => this.nowMs },
      entropy: { bytes: (length) => new Uint8Array(length) },
      send: () => Promise.reject(new Error("nothing is sent here")),
      files: noFiles,
      reachesThisMachine: false,
    },
    () => this.patience.promise,
  );
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe("an account at work", () => {
  test("is read and opened once, under its own purpose, while it is fresh", async () => {
    const first = await world.accounts.account(ID);
    world.nowMs += 4_000;
    expect(await world.accounts.account(ID)).toBe(first);
    expect(world.reads).toBe(1);
    expect(world.opens).toEqual([`${credentialsPurpose(ID)} v1`]);
  });

  test("is read again after some seconds, and opened again only where it has changed", async () => {
    const first = await world.accounts.account(ID);
    world.nowMs += 6_000;
    expect(await world.accounts.account(ID)).toBe(first);
    expect([world.reads, world.opens.length]).toEqual([2, 1]);

    world.rows.set(ID, { ...row, sealedCredentials: "v2" });
    world.nowMs += 6_000;
    expect(await world.accounts.account(ID)).not.toBe(first);
    expect([world.reads, world.opens.length]).toEqual([3, 2]);
  });

  test("is read again by one of many, while the others go on with what they have", async () => {
    await world.accounts.account(ID);
    world.nowMs += 6_000;
    await Promise.all(Array.from({ length: 50 }, () => world.accounts.account(ID)));
    expect(world.reads).toBe(2);
  });

  test("works on while the book cannot be read, and asks again a second later", async () => {
    const first = await world.accounts.account(ID);
    world.down = true;
    world.nowMs += 6_000;
    expect(await world.accounts.account(ID)).toBe(first);
    world.nowMs += 500;
    await world.accounts.account(ID);
    expect(world.reads).toBe(2);
    world.nowMs += 600;
    await world.accounts.account(ID);
    expect(world.reads).toBe(3);
  });

  test("works on while the book does not answer, for the one that reads it too", async () => {
    const first = await world.accounts.account(ID);
    const book = Promise.withResolvers<void>();
    world.hanging = book.promise;
    world.rows.set(ID, { ...row, sealedCredentials: "v2" });
    world.nowMs += 6_000;
    const asked = world.accounts.account(ID);
    world.patience.resolve();
    expect(await asked).toBe(first);
    book.resolve();
    world.patience = Promise.withResolvers();
    world.nowMs += 6_000;
    expect(await world.accounts.account(ID)).not.toBe(first);
  });

  test("that was never read throws while the book is down: nobody is told that it does not exist", async () => {
    world.down = true;
    await expect(world.accounts.account(ID)).rejects.toThrow(Unavailable);
    world.down = false;
    expect(await world.accounts.account(ID)).not.toBeNull();
  });

  test("is gone soon after its row is", async () => {
    await world.accounts.account(ID);
    world.rows.delete(ID);
    world.nowMs += 6_000;
    expect(await world.accounts.account(ID)).toBeNull();
  });

  test("of a gateway that nobody knows throws: it was stored by a newer version", async () => {
    world.rows.set(ID, { ...row, gateway: "tomorrow" });
    await expect(world.accounts.account(ID)).rejects.toThrow("unknown gateway");
  });
});

describe("an id that names none", () => {
  const NOBODY = "acct_nobody" as AccountId;

  test("costs one read in two seconds, and is found once it is made", async () => {
    expect(await world.accounts.account(NOBODY)).toBeNull();
    expect(await world.accounts.account(NOBODY)).toBeNull();
    expect(world.reads).toBe(1);
    world.rows.set(NOBODY, { ...row, id: NOBODY });
    world.nowMs += 2_100;
    expect(await world.accounts.account(NOBODY)).not.toBeNull();
  });

  test("pushes no account out of memory, however many there are", async () => {
    await world.accounts.account(ID);
    const invented = Array.from({ length: 3_000 }, (_, i) => `acct_${i}` as AccountId);
    await Promise.all(invented.map((id) => world.accounts.account(id)));
    const before = world.reads;
    await world.accounts.account(ID);
    expect(world.reads).toBe(before);
  });
});

describe("credentials", () => {
  test("are judged by the gateway's own schema", () => {
    expect(world.accounts.validateCredentials("epay", CREDENTIALS).ok).toBe(true);
    expect(world.accounts.validateCredentials("epay", { pid: "1" })).toMatchObject({
      ok: false,
      error: { errors: [{ path: "key" }, { path: "gateway_url" }] },
    });
  });

  test.each(["nopay", "", "constructor", "__proto__"])("of no gateway, %j, are refused", (name) => {
    const checked = world.accounts.validateCredentials(name, CREDENTIALS);
    expect(checked).toMatchObject({ ok: false, error: { errors: [{ path: "gateway" }] } });
  });
});
