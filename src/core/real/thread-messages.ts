/** What a thread and the one that started it say to each other. */
import { errorCode, errorText, LockstepError } from "../errors.ts";

/** An error on its way to the other side; `ours` if it is a LockstepError. */
export interface ThreadFailure {
  readonly error: string;
  readonly code: string;
  readonly ours: boolean;
}

export type ToThread =
  | { readonly kind: "job"; readonly job: unknown }
  | { readonly kind: "reply"; readonly question: number; readonly reply: { readonly value: unknown } | ThreadFailure }
  | { readonly kind: "abort" };

export type FromThread =
  | { readonly kind: "done"; readonly result: { readonly value: unknown } | ThreadFailure }
  | { readonly kind: "ask"; readonly question: number; readonly what: unknown };

export function failureOf(error: unknown): ThreadFailure {
  return { error: errorText(error), code: errorCode(error), ours: error instanceof LockstepError };
}

export function errorOf({ error, code, ours }: ThreadFailure): Error {
  return ours ? new LockstepError(code, error) : Object.assign(new Error(error), { code });
}
