import { alarmToSet, type DeadlineMs } from "./alarms.ts";

/** The one alarm of an object, as far as this instance knows: setting it again is one written row. */
export class AlarmClock {
  readonly #state: DurableObjectState;
  #armedAtMs: DeadlineMs = null;

  constructor(state: DurableObjectState) {
    this.#state = state;
  }

  /** Written in the turn of the change that needs it, so the two are kept or lost together. */
  arm(neededAtMs: DeadlineMs): void {
    const setTo = alarmToSet(this.#armedAtMs, neededAtMs);
    if (setTo === null) return;
    this.#armedAtMs = setTo;
    this.#state.waitUntil(this.#state.storage.setAlarm(setTo));
  }

  /** It has rung, or is not what it was thought to be: the next deadline sets it, whichever it is. */
  forget(): void {
    this.#armedAtMs = null;
  }
}
