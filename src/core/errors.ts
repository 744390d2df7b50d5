/**
 * Errors that an operator can act on.
 *
 * Programmer errors are asserted (`assert` below) and stop the process; everything that can happen in operation (a
 * damaged file, a refused connection, a wrong setting) is a LockstepError: a stable code for machines, a sentence for
 * people (what could not be done, the datum, the cause), and the counter label under which it is counted.
 */
export class LockstepError extends Error {
  override readonly name = "LockstepError";
  /** Stable and unique, e.g. `RRD_TRUNCATED`; documented in docs/errors.md. */
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Stops on a broken invariant of our own. The message names the invariant, not the operator's mistake. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new Error(`BUG: ${invariant}`);
}

/** The text of anything thrown, with its causes: `could not read x: ENOENT: no such file`. */
export function errorText(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.cause === undefined) return thrown.message;
  const cause = errorText(thrown.cause);
  return thrown.message.includes(cause) ? thrown.message : `${thrown.message}: ${cause}`;
}

/** The machine-readable code of anything thrown (ours, or Node's `ENOENT`), or `"unknown"`. */
export function errorCode(thrown: unknown): string {
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string") return thrown.code;
  return "unknown";
}
