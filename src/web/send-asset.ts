import type { Request, Response } from "express";
import type { Asset } from "./assets.ts";

/** One of the files of the table, compressed where the browser takes that, or "you have it". */
export function sendAsset(request: Request, response: Response, asset: Asset, cacheControl: string): void {
  const packed = request.acceptsEncodings("gzip") !== false;
  const etag = `"${asset.etag}${packed ? "-gzip" : ""}"`;
  response.set({ "Cache-Control": cacheControl, ETag: etag, "Content-Type": asset.contentType });
  response.vary("Accept-Encoding");
  if (request.headers["if-none-match"] === etag) {
    response.status(304).end();
    return;
  }
  if (packed) response.set("Content-Encoding", "gzip");
  response.send(packed ? asset.gzipped : asset.bytes);
}
