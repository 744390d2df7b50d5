/** All channels. Written by `npm run fix`: add a file to the folder, not a line here. */
import { webhook } from "./webhook.ts";

export const CHANNEL_KINDS = [webhook] as const;
