/**
 * The files that pages refer to: our style sheet, icon and browser code, and uPlot's two.
 *
 * A fixed table, read and compressed once at the start: no request names a file of the disk. The hash over all of them
 * stands in every URL, so a browser may keep what it has for ever, and a module's relative imports stay within one
 * version.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { assert } from "../core/errors.ts";

// The program's own files, like its code: they are no part of the world.
const ASSETS = fileURLToPath(new URL("../../src/web/assets/", import.meta.url));
const BROWSER = fileURLToPath(new URL("browser/", import.meta.url));
const UPLOT = createRequire(import.meta.url).resolve("uplot/dist/uPlot.iife.min.js");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface Asset {
  readonly contentType: string;
  /** Strong: of the bytes before compression, with the encoding beside it. */
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
}

export interface Assets {
  /** Where pages find a file: `/lockstep.css` → `/assets/3f2a…/lockstep.css`. */
  url(path: string): string;
  /** By the whole path of a URL. */
  get(url: string): Asset | undefined;
}

export function loadAssets(): Assets {
  const files = new Map<string, Buffer>([
    ["/uplot.js", readFileSync(UPLOT)],
    ["/uplot.css", readFileSync(UPLOT.replace("uPlot.iife.min.js", "uPlot.min.css"))],
    ...readFolder(ASSETS, "/"),
    ...readFolder(BROWSER, "/browser/"),
  ]);
  const root = `/assets/${hashOf([...files].flat()).slice(0, 16)}`;
  const byUrl = new Map([...files].map(([path, bytes]) => [root + path, assetOf(path, bytes)]));
  return {
    url(path) {
      assert(byUrl.has(root + path), `there is an asset ${path}`);
      return root + path;
    },
    get: (url) => byUrl.get(url),
  };
}

function readFolder(folder: string, path: string): [string, Buffer][] {
  const names = readdirSync(folder).filter((name) => CONTENT_TYPES[extname(name)] !== undefined);
  return names.sort().map((name) => [path + name, readFileSync(folder + name)]);
}

function assetOf(path: string, bytes: Buffer): Asset {
  return {
    contentType: CONTENT_TYPES[extname(path)]!,
    etag: hashOf([bytes]).slice(0, 32),
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
  };
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}\n`).update(part);
  return hash.digest("hex");
}
