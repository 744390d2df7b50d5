/**
 * Compresses answers that are sent in one piece: pages, JSON, query results. What is written bit by bit (events) goes out
 * as it is, and so does what is compressed already (assets).
 */
import { gzip } from "node:zlib";
import type { RequestHandler, Response } from "express";

/** Below, the packet would not get smaller. */
const SMALLEST_BYTES = 1_024;
/** Two thirds of the time of the usual 6, and 3 % more bytes (a page of 50 nodes). */
const LEVEL = 5;
/** Answers from here on are data for programs near by: half of the time again, and a tenth more bytes (a query's JSON). */
const LARGE_BYTES = 128 * 1024;
const LARGE_LEVEL = 1;
const TEXT = /^(?:text\/|application\/(?:json|javascript)|image\/svg)/;

export const compressAnswers: RequestHandler = (request, response, next) => {
  if (request.method === "HEAD" || request.acceptsEncodings("gzip") === false) {
    next();
    return;
  }
  const end = response.end.bind(response) as (body?: unknown, encoding?: BufferEncoding) => Response;
  response.end = ((body?: unknown, encoding?: BufferEncoding) => {
    response.end = end as Response["end"];
    const bytes = typeof body === "string" ? Buffer.from(body, encoding) : body;
    if (!(bytes instanceof Uint8Array && isWorthIt(response, bytes.length))) return end(body, encoding);
    gzip(bytes, { level: bytes.length < LARGE_BYTES ? LEVEL : LARGE_LEVEL }, (error, packed) => {
      if (error !== null) return end(bytes);
      response.vary("Accept-Encoding").set({ "Content-Encoding": "gzip", "Content-Length": String(packed.length) });
      return end(packed);
    });
    return response;
  }) as Response["end"];
  next();
};

function isWorthIt(response: Response, bytes: number): boolean {
  if (response.headersSent || bytes < SMALLEST_BYTES || response.hasHeader("Content-Encoding")) return false;
  return TEXT.test(String(response.getHeader("Content-Type") ?? ""));
}
