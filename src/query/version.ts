/** The release of graphite-web whose behaviour we follow, down to its names and windows. */
export const GRAPHITE_VERSION = "1.1.10";
