/** Addresses that can't be listened on, said in terms of the settings. */
import { errorCode, LockstepError } from "../../core/errors.ts";
import { formatHostPort } from "../../core/options.ts";
import type { SocketAddress } from "../../core/world.ts";

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there already, another Lockstep perhaps",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this process lacks a privilege: that of ports below 1024, or of writing to the directory",
  ENOTSOCK: "something else than a socket is there; it stays as it is",
  ENOENT: "its directory is not there",
  ENAMETOOLONG: "the path is longer than a socket's may be",
};

/** @throws LockstepError `LISTEN`, naming the setting, when the system refuses the address. */
export function listening<T>(setting: string, address: SocketAddress, opening: Promise<T>): Promise<T> {
  return listeningAt(setting, formatHostPort(address), opening);
}

/** The same for a place that is no HOST:PORT. */
export async function listeningAt<T>(setting: string, place: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    const reason = REASONS[errorCode(error)];
    if (reason === undefined) throw error;
    throw new LockstepError("LISTEN", `cannot listen on ${place} (${setting}): ${reason}`);
  }
}
