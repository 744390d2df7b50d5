/**
 * What protects the pages and those who look at them: headers of every answer, and who may be answered at all.
 *
 * All that is shown came over the network: a metric's name can be `<img onerror=…>`. Templates escape, the browser code
 * makes text nodes only, and should either fail, the policy below runs nothing that is not a file of ours.
 */
import { isIPv4 } from "node:net";
import type { RequestHandler } from "express";
import { RequestError } from "./request-error.ts";

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Of every answer, errors too. What may be kept (assets) says so itself. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "Cache-Control": "no-store",
};

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set(SECURITY_HEADERS);
  next();
};

/** Whether only this machine reaches what listens on the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/**
 * Names under which the pages may be asked for while they listen on a loopback address: whatever leads to this machine
 * only, and the name that people use, when a proxy stands in front.
 */
export function ownHosts(listenHost: string, externalUrl: string | undefined): ReadonlySet<string> {
  const hosts = new Set(["localhost", "127.0.0.1", "[::1]", listenHost.includes(":") ? `[${listenHost}]` : listenHost]);
  if (externalUrl !== undefined) hosts.add(new URL(externalUrl).hostname);
  return hosts;
}

/**
 * Refuses requests for a name that is not ours. A page of somebody else can make its own name resolve to 127.0.0.1 (DNS
 * rebinding), and its scripts could then read all of this; but the browser goes on saying that name. Ports don't
 * matter, because ssh forwards change them. No Host at all, as of simple health checks, can't come from a browser.
 */
export function refuseForeignHosts(hosts: ReadonlySet<string>): RequestHandler {
  return (request, _response, next) => {
    const host = request.headers.host;
    if (host === undefined || hosts.has(hostnameOf(host))) next();
    else next(new RequestError(421, `${JSON.stringify(host)} is not a name of this server; web.externalUrl sets one`));
  };
}

/** `Lockstep.example.org.:8484` → `lockstep.example.org`; `[::1]:8484` → `[::1]`. */
function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase();
}

/**
 * Refuses what another site's page has a browser send: changes are asked for by our own pages, or by no page at all. Behind
 * a proxy our own origin is that of `externalUrl`.
 */
export function refuseForeignOrigins(externalUrl: string | undefined): RequestHandler {
  const external = externalUrl === undefined ? undefined : new URL(externalUrl).origin;
  return (request, _response, next) => {
    const { origin, host } = request.headers;
    const isOurs = origin === external || (URL.canParse(origin ?? "") && new URL(origin!).host === host);
    if (origin === undefined || isOurs) next();
    else next(new RequestError(403, "this changes something, and the page that asked for it is not ours"));
  };
}
