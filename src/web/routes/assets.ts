/** `/assets/HASH/…`: style sheet, browser code, uPlot. The URL changes with the content, so it may be kept for ever. */
import type { WebContext } from "../context.ts";
import type { Route } from "../route.ts";
import { sendAsset } from "../send-asset.ts";

export const assetsRoute: Route<WebContext> = {
  paths: ["/assets/*path"],
  methods: ["get"],
  access: "public",
  handler:
    ({ assets }) =>
    (request, response, next) => {
      const asset = assets.get(request.path);
      if (asset === undefined) next();
      else sendAsset(request, response, asset, "public, max-age=31536000, immutable");
    },
};
