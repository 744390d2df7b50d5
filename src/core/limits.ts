/**
 * Every limit, in one place. What goes beyond one is refused or dropped under the reason named in the comment, and
 * counted; settings may lower or raise those that a deployment has to (config says which).
 */
export const LIMITS = {
  // ---- the wire
  /** Bytes of one plaintext line, newline included; carbon drops the connection there, we drop the line: `line_too_long`. */
  lineBytes: 16_384,
  /** Bytes of a name as sent: `name_too_long`. */
  nameBytes: 4_096,
  /** Dotted nodes of a name: `name_too_deep`. */
  nameNodes: 64,
  /** Tags of a series: `too_many_tags`. */
  tags: 64,
  /** Open connections of all receivers; more are closed at once: `connection_limit`. */
  connections: 10_000,
  /** Open connections of one address; more are closed at once: `peer_connection_limit`. */
  connectionsPerPeer: 1_000,
  /** A connection that says nothing for this long is closed. */
  idleConnectionMs: 600_000,
  /** New series a second from one sender, averaged over a burst of ten seconds: `new_series_rate`. */
  newSeriesPerSecond: 20_000,
  /** Series in the store: `series_limit`. */
  series: 2_000_000,
  /** Rejected lines kept to look at, the latest ones of each reason. */
  rejectsKept: 20,
  /** Rejected lines that a request over HTTP is told of; the rest are counted. */
  rejectsAnswered: 10,
  /** Accepted spellings beside the series' own names; of further ones, only the latest are remembered. */
  spellings: 2_000_000,
  /** Refused names that are remembered, in each of two generations; and their bytes. */
  cachedSpellings: 65_536,
  cachedSpellingBytes: 8 * 1024 * 1024,
  /** Bytes of a pickle or protobuf frame, as carbon: `frame_too_long`. */
  frameBytes: 1_048_576,
  /** How many times as long a compressed stream may become, beyond a first stretch that is free: `expansion`. */
  expansionRatio: 200,
  expansionFreeBytes: 1_048_576,
  /** What one compressed stream hands on before others have their turn. */
  decompressedBytesPerTurn: 1_048_576,
  /** From the first byte of an HTTP request for lines to the end of its headers. */
  httpHeadersMs: 10_000,
  /** A connection for lines over HTTP on which nothing moves for so long is cut. */
  httpSilentMs: 120_000,

  // ---- rules over names
  /** A file of rules. */
  rulesFileBytes: 1_048_576,
  /** Steps of one rule's regular expression on one name; the name is refused beyond: `rule_too_slow`. */
  ruleRegexSteps: 100_000,
  /** Series that aggregation rules make; further ones are not made: `aggregate_limit`. */
  aggregates: 100_000,
  /** Past intervals that an aggregate may keep open. */
  aggregationIntervals: 1_000,
  /** Values that percentiles wait for, of all aggregates; further ones are left out: `values_limit`. */
  aggregationValues: 10_000_000,

  // ---- the store
  /** Appended bytes not yet in the log, above which receivers stop reading. */
  storePendingBytes: 64 * 1024 * 1024,
  /** A point further ahead of our clock than this waits in the side buffer. */
  futureToleranceSeconds: 60,
  /** Points in the side buffer; further ones are dropped: `future_buffer_full`. */
  futurePoints: 1_000_000,

  // ---- reading files and pages of others
  /** An RRD file; Connect's largest is 10 MB. */
  rrdFileBytes: 256 * 1024 * 1024,
  /** Its header; that of a file with 8 data sources and 10 archives has 10 kB. */
  rrdHeaderBytes: 16 * 1024 * 1024,
  /** RRD files that one sidecar reads; further ones are dropped: `file_limit`. */
  rrdFiles: 5_000,
  /** Rows of one RRD file that one collection sends; the next one goes on. */
  rrdRowsPerCollection: 5_000,
  /** A whisper file; a year of seconds has 379 MB. */
  whisperFileBytes: 512 * 1024 * 1024,
  /** Whisper files below the directory of an import. */
  whisperFiles: 2_000_000,
  /** A list of names that an import reads. */
  nameListBytes: 512 * 1024 * 1024,
  /** Slots of an import that are gathered before they are written: 64 MiB. */
  importSlots: 8 * 1024 * 1024,
  /** A page of metrics. */
  expositionBytes: 32 * 1024 * 1024,
  expositionSamples: 200_000,
  expositionLabels: 64,
  /** Of the name of a metric or label, or of a label's value; a line with a longer one is dropped. */
  expositionLabelCharacters: 4_096,
  /** A page with more lines than this that can't be read is refused. */
  expositionBadLines: 1_000,
  /** Bad lines of a page that are told with their text; the rest are counted. */
  expositionProblemsKept: 5,
  /** Pages that one sidecar scrapes. */
  scrapeTargets: 64,
  /** A file under /proc or /sys, or one that holds a token. */
  smallFileBytes: 4 * 1024 * 1024,
  /** Disks, and network interfaces, of a host; further ones are dropped: `device_limit`. */
  hostDevices: 128,

  // ---- queries
  targetBytes: 100_000,
  targetDepth: 100,
  targetsPerQuery: 1_000,
  seriesPerQuery: 100_000,
  pointsPerQuery: 50_000_000,
  pointsPerSeries: 2_000_000,
  bytesPerQuery: 1024 * 1024 * 1024,
  queryMs: 30_000,
  /** Queries that wait for a thread; more get 503. */
  queriesWaiting: 100,
  findNodes: 1_000_000,
  regexBytes: 1_000,
  /** Steps of one regular expression over all the names it is applied to. */
  regexSteps: 100_000_000,

  // ---- the web
  requestBytes: 4 * 1024 * 1024,
  /** Browsers listening to events; more get 503. */
  liveBrowsers: 1_000,
  /** Unsent bytes to one browser, above which it is dropped: it reconnects when it can. */
  liveBufferBytes: 1_048_576,
  /** Open connections of browsers and scrapers; more are closed at once. */
  webConnections: 2_000,
  /** Fields of a form: a query posted by Grafana has one per target. */
  formFields: 1_100,
  /** Series of one chart, and points of each. */
  chartSeries: 50,
  chartPoints: 2_000,
  /** Open alerts shown on a page; the rest are counted, and in /api/alerts. */
  alertsOnPage: 50,
  /** Series of one node that its page lists. */
  seriesOnPage: 5_000,

  // ---- clocks and nodes
  /** NTP servers that one node measures its clock against. */
  clockReferences: 16,
  /** Addresses whose time requests are counted apart; the one heard longest ago makes room. */
  sntpAddresses: 10_000,
  /** Nodes of all clusters that are watched; heartbeats of further ones change nothing: `node_limit`. */
  clusterNodes: 1_000,
  /** Nodes up to which a cluster's clocks are compared pair by pair for the page (4,950 pairs). */
  clockMatrixNodes: 100,
  /** Bands of time in which a cluster was not observed, kept for the page; the oldest go first. */
  blindBands: 100,

  // ---- alerts
  alertsPerMessage: 100,
  openAlerts: 20_000,
  webhookResponseBytes: 65_536,
  outboxMessages: 10_000,
} as const;
