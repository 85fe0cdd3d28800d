// Kafka's requests and responses as tables (Kafka documentation, "Protocol", message definitions). Pure.
// To add one: its key, its name, the version from which it is flexible (compact lengths, tagged fields), and what
// request and response hold: words of a name and a kind, `@` and versions where not all have it, `[ … ]` for arrays.

export type Api = readonly [name: string, flexible: number, request: string, response: string];

export const APIS: Readonly<Record<number, Api>> = {
  0: [
    "Produce",
    9,
    "transactional_id:nstr@3+ acks:i16 timeout:i32 topics:[ name:str partitions:[ partition:i32 records:records ] ]",
    "topics:[ name:str partitions:[ partition:i32 error:i16 base_offset:i64 append_time:i64@2+ log_start:i64@5+ record_errors:[ batch_index:i32 message:nstr ]@8+ message:nstr@8+ ] ] throttle:i32@1+",
  ],
  1: [
    "Fetch",
    12,
    "replica:i32@0-14 max_wait:i32 min_bytes:i32 max_bytes:i32@3+ isolation:i8@4+ session:i32@7+ session_epoch:i32@7+ topics:[ name:str@0-12 topic_id:uuid@13+ partitions:[ partition:i32 leader_epoch:i32@9+ offset:i64 last_epoch:i32@12+ log_start:i64@5+ max_bytes:i32 ] ] forgotten:[ name:str@7-12 topic_id:uuid@13+ partitions:i32[] ]@7+ rack:str@11+",
    "throttle:i32@1+ error:i16@7+ session:i32@7+ topics:[ name:str@0-12 topic_id:uuid@13+ partitions:[ partition:i32 error:i16 high_watermark:i64 last_stable:i64@4+ log_start:i64@5+ aborted:[ producer:i64 first_offset:i64 ]@4+ preferred_replica:i32@11+ records:records ] ]",
  ],
  2: [
    "ListOffsets",
    6,
    "replica:i32 isolation:i8@2+ topics:[ name:str partitions:[ partition:i32 leader_epoch:i32@4+ timestamp:i64 at_most:i32@0-0 ] ]",
    "throttle:i32@2+ topics:[ name:str partitions:[ partition:i32 error:i16 offsets:i64[]@0-0 timestamp:i64@1+ offset:i64@1+ leader_epoch:i32@4+ ] ]",
  ],
  3: [
    "Metadata",
    9,
    "topics:[ topic_id:uuid@10+ name:nstr ] create_topics:bool@4+ cluster_operations:bool@8-10 topic_operations:bool@8+",
    "throttle:i32@3+ brokers:[ node:i32 host:str port:i32 rack:nstr@1+ ] cluster:nstr@2+ controller:i32@1+ topics:[ error:i16 name:nstr topic_id:uuid@10+ internal:bool@1+ partitions:[ error:i16 partition:i32 leader:i32 leader_epoch:i32@7+ replicas:i32[] in_sync:i32[] offline:i32[]@5+ ] operations:i32@8+ ] operations:i32@8-10",
  ],
  8: [
    "OffsetCommit",
    8,
    "group:str generation:i32@1+ member:str@1+ instance:nstr@7+ retention:i64@2-4 topics:[ name:str partitions:[ partition:i32 offset:i64 leader_epoch:i32@6+ timestamp:i64@1-1 metadata:nstr ] ]",
    "throttle:i32@3+ topics:[ name:str partitions:[ partition:i32 error:i16 ] ]",
  ],
  9: [
    "OffsetFetch",
    6,
    "group:str@0-7 topics:[ name:str partitions:i32[] ]@0-7 groups:[ group:str member:nstr@9+ epoch:i32@9+ topics:[ name:str partitions:i32[] ] ]@8+ stable:bool@7+",
    "throttle:i32@3+ topics:[ name:str partitions:[ partition:i32 offset:i64 leader_epoch:i32@5+ metadata:nstr error:i16 ] ]@0-7 error:i16@2-7 groups:[ group:str topics:[ name:str partitions:[ partition:i32 offset:i64 leader_epoch:i32 metadata:nstr error:i16 ] ] error:i16 ]@8+",
  ],
  10: [
    "FindCoordinator",
    3,
    "key:str@0-3 key_type:i8@1+ keys:str[]@4+",
    "throttle:i32@1+ error:i16@0-3 message:nstr@1-3 node:i32@0-3 host:str@0-3 port:i32@0-3 coordinators:[ key:str node:i32 host:str port:i32 error:i16 message:nstr ]@4+",
  ],
  11: [
    "JoinGroup",
    6,
    "group:str session_timeout:i32 rebalance_timeout:i32@1+ member:str instance:nstr@5+ protocol_type:str protocols:[ name:str metadata:bytes ] reason:nstr@8+",
    "throttle:i32@2+ error:i16 generation:i32 protocol_type:nstr@7+ protocol:nstr leader:str skip_assignment:bool@9+ member:str members:[ member:str instance:nstr@5+ metadata:bytes ]",
  ],
  12: ["Heartbeat", 4, "group:str generation:i32 member:str instance:nstr@3+", "throttle:i32@1+ error:i16"],
  13: [
    "LeaveGroup",
    4,
    "group:str member:str@0-2 members:[ member:str instance:nstr reason:nstr@5+ ]@3+",
    "throttle:i32@1+ error:i16 members:[ member:str instance:nstr error:i16 ]@3+",
  ],
  14: [
    "SyncGroup",
    4,
    "group:str generation:i32 member:str instance:nstr@3+ protocol_type:nstr@5+ protocol:nstr@5+ assignments:[ member:str assignment:bytes ]",
    "throttle:i32@1+ error:i16 protocol_type:nstr@5+ protocol:nstr@5+ assignment:bytes",
  ],
  15: ["DescribeGroups", 5, "groups:str[] operations:bool@3+", "throttle:i32@1+ rest:groups"],
  16: [
    "ListGroups",
    3,
    "states:str[]@4+ types:str[]@5+",
    "throttle:i32@1+ error:i16 groups:[ group:str protocol_type:str state:str@4+ type:str@5+ ]",
  ],
  17: ["SaslHandshake", 99, "mechanism:str", "error:i16 mechanisms:str[]"],
  18: [
    "ApiVersions",
    3,
    "software:str@3+ software_version:str@3+",
    "error:i16 apis:[ api:i16 from_version:i16 to_version:i16 ] throttle:i32@1+",
  ],
  19: [
    "CreateTopics",
    5,
    "topics:[ name:str partitions:i32 replication:i16 assignments:[ partition:i32 brokers:i32[] ] configs:[ name:str value:nstr ] ] timeout:i32 validate_only:bool@1+",
    "throttle:i32@2+ topics:[ name:str topic_id:uuid@7+ error:i16 message:nstr@1+ partitions:i32@5+ replication:i16@5+ configs:[ name:str value:nstr read_only:bool source:i8 sensitive:bool ]@5+ ]",
  ],
  20: [
    "DeleteTopics",
    4,
    "topics:[ name:nstr topic_id:uuid ]@6+ names:str[]@0-5 timeout:i32",
    "throttle:i32@1+ topics:[ name:nstr topic_id:uuid@6+ error:i16 message:nstr@5+ ]",
  ],
  22: [
    "InitProducerId",
    2,
    "transactional_id:nstr timeout:i32 producer:i64@3+ producer_epoch:i16@3+",
    "throttle:i32 error:i16 producer:i64 producer_epoch:i16",
  ],
  24: ["AddPartitionsToTxn", 3, "rest:body", "throttle:i32 rest:results"],
  26: [
    "EndTxn",
    3,
    "transactional_id:str producer:i64 producer_epoch:i16 commit:bool",
    "throttle:i32 error:i16",
  ],
  32: ["DescribeConfigs", 4, "rest:body", "throttle:i32 rest:results"],
  36: [
    "SaslAuthenticate",
    2,
    "credentials:credentials",
    "error:i16 message:nstr challenge:bytes lifetime:i64@1+",
  ],
  37: ["CreatePartitions", 2, "rest:body", "throttle:i32 rest:results"],
  42: ["DeleteGroups", 2, "groups:str[]", "throttle:i32 results:[ group:str error:i16 ]"],
  60: ["DescribeCluster", 0, "rest:body", "throttle:i32 error:i16 message:nstr rest:cluster"],
};

export const ERRORS: Readonly<Record<number, string>> = {
  [-1]: "unknown server error",
  0: "none",
  1: "offset out of range",
  2: "corrupt message",
  3: "unknown topic or partition",
  5: "leader not available",
  6: "not the leader or a follower",
  7: "request timed out",
  9: "replica not available",
  10: "message too large",
  13: "network exception",
  14: "coordinator is loading",
  15: "coordinator not available",
  16: "not the coordinator",
  17: "invalid topic",
  19: "not enough replicas",
  22: "illegal generation",
  25: "unknown member",
  27: "rebalance in progress",
  29: "topic authorization failed",
  30: "group authorization failed",
  33: "unsupported SASL mechanism",
  34: "illegal SASL state",
  35: "unsupported version",
  36: "topic exists already",
  41: "not the controller",
  45: "out of order sequence number",
  58: "SASL authentication failed",
  79: "member ID required",
};

/** What values mean, by the name of their field. */
export const MEANINGS: Readonly<Record<string, (value: number) => string | undefined>> = {
  error: (code) => ERRORS[code] ?? "an error",
  acks: (count) =>
    count === 0
      ? "no answer wanted"
      : count === 1
      ? "when the leader has it"
      : count === -1
      ? "when all in sync have it"
      : undefined,
  api: (key) => APIS[key]?.[0],
  isolation: (level) => level === 0 ? "read uncommitted" : "read committed",
  key_type: (type) => type === 0 ? "a group" : "a transaction",
  throttle: (ms) => ms === 0 ? "not held back" : `held back for ${ms} ms`,
  timeout: (ms) => `${ms} ms`,
  max_wait: (ms) => `${ms} ms`,
  replica: (id) => id === -1 ? "a consumer" : "a broker",
};
