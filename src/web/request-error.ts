import { LockstepError } from "../core/errors.ts";

/** A request that can't be answered as it is: the message is for whoever asked. */
export class RequestError extends LockstepError {
  /** Of HTTP, 4xx. */
  readonly status: number;

  constructor(status: number, message: string) {
    super("WEB_REQUEST", message);
    this.status = status;
  }
}
