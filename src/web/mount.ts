/** A route together with what it depends on: in this form the application takes routes of all kinds. */
import type { RequestHandler } from "express";
import type { Route } from "./route.ts";

export interface MountedRoute extends Pick<Route<never>, "paths" | "methods" | "access"> {
  readonly handler: RequestHandler;
}

export function mount<Dependencies>(route: Route<Dependencies>, dependencies: Dependencies): MountedRoute {
  const { paths, methods, access } = route;
  return { paths, methods, access, handler: route.handler(dependencies) };
}
