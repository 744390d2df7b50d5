/**
 * What a route of the web is: one file each in routes/, one endpoint (or one endpoint with its spellings) a file.
 * app.ts mounts them, and lets nobody in whose access is not enough: a route that says nothing can't exist.
 */
import type { RequestHandler } from "express";

export interface Route<Dependencies> {
  /** Express paths, each with and without trailing slash as Express matches them. */
  readonly paths: readonly string[];
  readonly methods: readonly ("get" | "post" | "delete")[];
  /** Who may: `public` anybody who reaches the port, `read` readers, `admin` those who may change things. */
  readonly access: "public" | "read" | "admin";
  handler(dependencies: Dependencies): RequestHandler;
}
