import { lookup } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { LockstepError } from "../errors.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../world.ts";

export const realHttp: HttpClient = { request };

function request(request: HttpRequest): Promise<HttpResponse> {
  const url = new URL(request.url);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return Promise.reject(new LockstepError("HTTP_SCHEME", `cannot request ${url.protocol}//…: only http and https`));
  }
  const literal = url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0 && request.allowAddress?.(literal) === false) {
    return Promise.reject(refusedAddress(url.hostname, literal));
  }
  return new Promise((resolve, reject) => {
    const options: RequestOptions = {
      method: request.method,
      headers: { ...request.headers },
      lookup: guardedLookup(request.allowAddress),
      agent: false,
    };
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const sent = send(url, options, (answer) => {
      readBody(answer, request.maxResponseBytes)
        .then((body) => resolve({ status: answer.statusCode ?? 0, headers: flatHeaders(answer), body }))
        .catch((error: unknown) => {
          sent.destroy();
          reject(error);
        })
        .finally(() => clearTimeout(timer));
    });
    const timer = setTimeout(() => {
      sent.destroy(new LockstepError("HTTP_TIMEOUT", `no full answer from ${url.host} in ${request.timeoutMs} ms`));
    }, request.timeoutMs);
    sent.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(request.body);
  });
}

/** Checks exactly the addresses that will be connected to, so that a name can't resolve twice in two ways. */
function guardedLookup(allow: HttpRequest["allowAddress"]): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "", 0);
        return;
      }
      const allowed = allow === undefined ? addresses : addresses.filter((entry) => allow(entry.address));
      const first = allowed[0];
      if (first === undefined) {
        callback(refusedAddress(hostname, addresses.map((entry) => entry.address).join(", ")), "", 0);
      } else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refusedAddress(hostname: string, addresses: string): LockstepError {
  return new LockstepError(
    "HTTP_ADDRESS_REFUSED",
    `refused to connect to ${hostname} (${addresses}): the address is private or reserved, and no setting allows it`,
  );
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new LockstepError("HTTP_TOO_LARGE", `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(answer: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
