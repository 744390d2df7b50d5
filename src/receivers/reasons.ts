/** Why something was not taken: the values of the label `reason`, and what docs/receivers.md says of each. */
import type { LineRejection } from "../carbon/line.ts";

/** What costs more than a line: a connection, a request, a datagram. */
export type TransportRejection =
  | "address_not_allowed"
  | "connection_limit"
  | "peer_connection_limit"
  | "tls"
  | "compression"
  | "expansion"
  | "request";

export type Reason = LineRejection | TransportRejection;

/** What was wrong, in words that fit behind the number of cases. */
export const REASONS: Readonly<Record<Reason, string>> = {
  line_too_long: "the line is longer than the limit",
  not_utf8: "the line is not UTF-8",
  field_count: "a line is a name, a value and a time stamp",
  value: "the value is no number",
  timestamp: "the time stamp is no time between 1970 and 2106",
  nan: "the value is NaN, which stands for no value",
  unfinished_line: "the connection ended within the line, which may have been cut",
  name_empty: "the name has no node",
  name_too_long: "the name is longer than the limit",
  name_too_deep: "the name has more nodes than the limit",
  name_characters: "the name has blanks or control characters",
  too_many_tags: "the series has more tags than the limit",
  blacklisted: "a line of blacklist.conf matches the name",
  not_whitelisted: "no line of whitelist.conf matches the name",
  not_aggregated: "no aggregation rule takes the name, and the rules store nothing else",
  rule_too_slow: "a rule takes too long over the name",
  series_limit: "the store holds as many series as it may",
  new_series_rate: "the sender made new series too fast",
  frame_too_long: "the frame is longer than the limit; the connection was closed",
  unfinished_frame: "the connection ended within the frame",
  entry_shape: "the entry is no (name, (time stamp, value))",
  pickle: "the frame is no pickle of lists, tuples, texts and numbers",
  protobuf: "the frame is no Payload of carbon's",
  address_not_allowed: "the peer's address is not in receivers.allow",
  connection_limit: "too many connections are open in all",
  peer_connection_limit: "the peer has too many connections open",
  tls: "the peer could not agree on TLS, or showed no certificate that we know",
  compression: "the compressed stream is damaged; the connection was closed",
  expansion: "the compressed stream grows too much; the connection was closed",
  request: "the HTTP request is none that the receiver takes",
};
