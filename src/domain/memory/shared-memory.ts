/**
 * What the isolates of one data centre share: texts by name, each for some seconds. None of it throws,
 * hangs, or is relied on: whoever finds nothing reads the source.
 */
export interface SharedMemory {
  /** Null also where it cannot be read, or not soon. */
  get(name: string): Promise<string | null>;
  put(name: string, text: string, seconds: number): Promise<void>;
  drop(name: string): Promise<void>;
}
