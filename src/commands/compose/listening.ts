/** Addresses that can't be listened on, said in terms of the settings. */
import { errorCode, LockstepError } from "../../core/errors.ts";
import { formatHostPort } from "../../core/options.ts";
import type { SocketAddress } from "../../core/world.ts";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there already, another Lockstep perhaps",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "ports below 1024 need a privilege that this process has not",
};

/** @throws LockstepError `LISTEN`, naming the setting, when the system refuses the address. */
export async function listening<T>(setting: string, address: SocketAddress, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = REASONS[errorCode(error)];
    if (reason === undefined) throw error;
    throw new LockstepError("LISTEN", `cannot listen on ${formatHostPort(address)} (${setting}): ${reason}`);
  }
}
