/** The certificate that receivers show: read from files, checked before it is used, read again when the files change. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { errorText, LockstepError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import type { Log } from "../core/log.ts";
import { readText } from "../core/read-file.ts";
import type { Files, Listener, Timer, TlsIdentity, World } from "../core/world.ts";

/** Paths of files in PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

const LOOK_MS = 10_000;

/** @throws LockstepError `TLS_FILE`, naming the file; what is in the key's is never told. */
export async function loadIdentity(files: Files, paths: TlsFiles, nowMs: number): Promise<TlsIdentity> {
  const certificate = await read(files, "certificate", paths.certificate);
  const key = await read(files, "key", paths.key);
  const clientCa = paths.clientCa === undefined ? undefined : await read(files, "clientCa", paths.clientCa);
  const parsed = certificateIn("certificate", paths.certificate, certificate, nowMs);
  if (!parsed.checkPrivateKey(keyIn(paths.key, key))) {
    throw tlsError("key", paths.key, `it does not belong to the certificate in ${paths.certificate}`);
  }
  if (clientCa !== undefined) certificateIn("clientCa", paths.clientCa!, clientCa, nowMs);
  return { certificate, key, clientCa };
}

async function read(files: Files, setting: string, path: string): Promise<string> {
  try {
    return await readText(files, path, LIMITS.smallFileBytes);
  } catch (error) {
    throw tlsError(setting, path, errorText(error));
  }
}

function certificateIn(setting: string, path: string, text: string, nowMs: number): X509Certificate {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(text);
  } catch {
    throw tlsError(setting, path, "it holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----");
  }
  if (Date.parse(parsed.validTo) < nowMs) throw tlsError(setting, path, `it expired on ${parsed.validTo}`);
  return parsed;
}

function keyIn(path: string, text: string): ReturnType<typeof createPrivateKey> {
  try {
    return createPrivateKey(text);
  } catch {
    throw tlsError("key", path, "it holds no private key in PEM without a passphrase");
  }
}

function tlsError(setting: string, path: string, what: string): LockstepError {
  return new LockstepError("TLS_FILE", `cannot use ${path} (receivers.tls.${setting}): ${what}`);
}

/** Looks at the files from time to time; listeners show what is in them then. A bad file changes nothing, and is told of. */
export function keepIdentityFresh(
  { files, timers, clock }: Pick<World, "files" | "timers" | "clock">,
  log: Log,
  paths: TlsFiles,
  listeners: readonly Listener[],
): { close(): Promise<void> } {
  let timer: Timer;
  let inForce: string | undefined;
  let closed = false;
  const look = async (): Promise<void> => {
    try {
      const stamp = await stampOf(files, paths);
      if (stamp !== inForce) {
        const identity = await loadIdentity(files, paths, clock.wallMs());
        for (const listener of listeners) listener.renew?.(identity);
        if (inForce !== undefined) log.info("the receivers show a new certificate", { file: paths.certificate });
        inForce = stamp;
      }
    } catch (error) {
      log.limited("error", "tls", `${errorText(error)}; the certificate that was read before stays in use`);
    }
    if (!closed) timer = timers.after(LOOK_MS, () => void look());
  };
  timer = timers.after(LOOK_MS, () => void look());
  return {
    close() {
      closed = true;
      timer.cancel();
      return Promise.resolve();
    },
  };
}

async function stampOf(files: Files, { certificate, key, clientCa }: TlsFiles): Promise<string> {
  const paths = clientCa === undefined ? [certificate, key] : [certificate, key, clientCa];
  const stats = await Promise.all(paths.map((path) => files.stat(path)));
  return stats.map(({ bytes, modifiedMs }) => `${bytes} ${modifiedMs}`).join(", ");
}
