export interface Stop {
  /** Once Ctrl-C was heard: nothing further is begun. */
  asked(): boolean;
  /** Ends what is under way: the second Ctrl-C, or `now`. */
  readonly signal: AbortSignal;
  now(): void;
  /** Ctrl-C is the process's end again. */
  forget(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The first Ctrl-C lets the calls that are under way come to their end; the second does not. */
export function stopWhenAsked(say: (text: string) => void): Stop {
  const aborting = new AbortController();
  let asked = false;
  const hear = () => {
    if (asked) return aborting.abort();
    asked = true;
    say("Stopping after the calls that are under way. Ctrl-C again does not wait for them.");
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return {
    asked: () => asked,
    signal: aborting.signal,
    now: () => aborting.abort(),
    forget() {
      for (const signal of SIGNALS) process.off(signal, hear);
    },
  };
}
