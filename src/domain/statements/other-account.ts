/** What a statement has and lacks, as far as it tells whose it is. */
export interface AccountSigns {
  readonly rows: number;
  /** Rows of money that is in our books. */
  readonly booked: number;
  /** Rows of money that is not, by the account that the order which they name was to be paid to. */
  readonly namedOrders: ReadonlyMap<string, number>;
  /** Money of ours of that day that no statement had. */
  readonly missing: number;
}

/** `named`: as the gateway's file calls the account. Null where it names none, and what it has speaks against it. */
export type OtherAccount =
  | { readonly reason: "other_account"; readonly named: string }
  | {
      readonly reason: "other_account";
      readonly named: null;
      /** The merchant's own account that its orders were to be paid to; null where they are nobody's here. */
      readonly account: string | null;
      readonly rows: number;
      /** In our books, or of an order that was to be paid to this account. */
      readonly known: number;
      readonly missing: number;
    };

/** Whether it is worth looking its orders up: on a usual day most rows are in our books. */
export function isDoubtful({ rows, booked, missing }: Omit<AccountSigns, "namedOrders">): boolean {
  return rows === 0 ? missing > 0 : booked * 2 < rows;
}

/**
 * Whether a statement that names no account is another one's. Either most of its rows are of orders that were to be
 * paid to another account of the merchant's; or most of it is unknown here, and most of ours is not in it. Notices
 * that were lost name orders of ours, so a day without a single notice is not taken for it.
 */
export function otherAccount(accountId: string, signs: AccountSigns): OtherAccount | null {
  const { rows, booked, namedOrders, missing } = signs;
  const known = booked + (namedOrders.get(accountId) ?? 0);
  const told = { reason: "other_account", named: null, rows, known, missing } as const;
  const [account, theirs] = [...namedOrders]
    .filter(([id]) => id !== accountId)
    .reduce<[string | null, number]>((most, each) => (each[1] > most[1] ? each : most), [null, 0]);
  if (theirs > known && theirs * 2 > rows) return { ...told, account };
  const isForeign = missing > known && (rows === 0 || known * 2 < rows);
  return isForeign ? { ...told, account: null } : null;
}
