/** Why an object was aborted. The test pool keeps errors that begin so out of the log: they are meant. */
export const KILLED = "Instance disposed: killed by the test";
