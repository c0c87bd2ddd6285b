import type { AccountId, MerchantId, StatementId } from "../../domain/ids.ts";
import type { Currency } from "../../domain/money.ts";
import { dayWindow } from "../../domain/statements/day.ts";
import { formatOfGateway, statementFormat } from "../../domain/statements/formats.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { StatementRun } from "./statement-ports.ts";

/** Of an account, what a comparison of its statement must know. */
export interface StatedAccount {
  readonly id: AccountId;
  readonly merchantId: MerchantId;
  readonly gateway: string;
  readonly currency: Currency;
  readonly feeFixedMinor: number;
  readonly feeBasisPoints: number;
}

type Asked = Pick<StatementRun, "day" | "origin" | "accountChecked" | "startedAtMs"> & {
  readonly id: StatementId;
  readonly accountNumber: string | undefined;
};

/** A comparison that is to begin. `unsupported`: no statement of that gateway can be read. */
export function statementRun(
  account: StatedAccount,
  { accountNumber, day, ...asked }: Asked,
): Result<StatementRun, "unsupported" | "no_day"> {
  const format = formatOfGateway(account.gateway);
  if (format === null) return err("unsupported");
  const window = dayWindow(statementFormat(format).zone, day);
  if (window === null) return err("no_day");
  const { merchantId, currency, feeFixedMinor: fixedMinor, feeBasisPoints: basisPoints } = account;
  return ok({
    ...asked,
    ...window,
    merchantId,
    accountId: account.id,
    accountNumber: accountNumber ?? null,
    currency,
    fee: fixedMinor + basisPoints === 0 ? null : { fixedMinor, basisPoints },
    day,
    format,
  });
}
