/**
 * The one merchant that the simulated gateway knows. The credentials are public on purpose: they
 * move play money, on a developer's machine.
 */
export const EPAY_MERCHANT = { pid: "1001", key: "demo-epay-key" } as const;
