/**
 * The types of settings that rooms declare beside the code they configure.
 *
 * A setting's name, default, help and validation are one zod declaration; config/ joins them, loads them, and writes
 * docs/configuration.md out of them.
 */
import { z } from "zod";
import { durationSetting, formatBytes, parseBytes, parseDuration } from "./units.ts";
import type { SocketAddress } from "./world.ts";

/** `10s`, `1h30m` → milliseconds. The default is given as a person would write it. */
export function duration(defaultText: string, help: string) {
  return parsed(parseDuration, "duration", durationSetting).default(parseDuration(defaultText)).describe(help);
}

/** `64 MiB` → bytes. */
export function byteSize(defaultText: string, help: string) {
  return parsed(parseBytes, "size", formatBytes).default(parseBytes(defaultText)).describe(help);
}

/** `127.0.0.1:2003` or `[::1]:2003` → host and port. */
export function hostPort() {
  return parsed(parseHostPort, "HOST:PORT", formatHostPort);
}

/** An address to listen on, and whether TLS is spoken there. */
export interface ListenAddress extends SocketAddress {
  readonly tls: boolean;
}

/** One address or several, `127.0.0.1:2003` or `[127.0.0.1:2003, tls://0.0.0.0:2013]`. */
export function listenAddresses({ tls }: { readonly tls: boolean }) {
  const address = z.string({ error: (issue) => `${JSON.stringify(issue.input)} is not HOST:PORT` });
  return z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",").map((one) => one.trim()) : value),
      z.array(address).min(1),
    )
    .transform((texts, context): readonly ListenAddress[] => {
      try {
        return texts.map((text) => parseListenAddress(text, tls));
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    })
    .meta({
      kind: `list of ${tls ? "[tls://]" : ""}HOST:PORT`,
      format: formatListenAddresses as (value: unknown) => string,
    });
}

function parseListenAddress(text: string, tls: boolean): ListenAddress {
  const secured = text.startsWith("tls://");
  if (secured && !tls)
    throw new Error(`"${text}": there is no TLS here; right would be ${text.slice("tls://".length)}`);
  return { ...parseHostPort(secured ? text.slice("tls://".length) : text), tls: secured };
}

function formatListenAddresses(addresses: readonly ListenAddress[]): string {
  return addresses.map(formatListenAddress).join(", ");
}

export function formatListenAddress(address: ListenAddress): string {
  return `${address.tls ? "tls://" : ""}${formatHostPort(address)}`;
}

export function parseHostPort(text: string): SocketAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new Error(`"${text}" is not HOST:PORT; right would be 127.0.0.1:2003 or [::1]:2003`);
  }
  return { host: (match[1] ?? match[2])!, port };
}

export function formatHostPort(address: SocketAddress): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** A value that must not be shown. It prints as `<secret>` wherever it goes; `reveal()` is the only way out. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return "<secret>";
  }
  toJSON(): string {
    return "<secret>";
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "<secret>";
  }
}

export function secret() {
  return z
    .string()
    .min(1)
    .transform((value) => new Secret(value))
    .meta({ kind: "secret" });
}

/**
 * A setting that is written as text and used as a T: `10s`, not 10, so that no setting is without its unit. Settings
 * built in code (commands, tests) are plain objects of the output type and need no parsing.
 */
function parsed<T>(parse: (text: string) => T, kind: string, format: (value: T) => string) {
  return z
    .string({ error: (issue) => `${JSON.stringify(issue.input)} is not a ${kind}` })
    .transform((value, context): T => {
      try {
        return parse(value);
      } catch (error) {
        context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
        return z.NEVER;
      }
    })
    .meta({ kind, format: format as (value: unknown) => string });
}
