// The methods of AMQP 0-9-1: names and the kinds of their arguments. Pure. Source: the AMQP 0-9-1 reference, 1.4 to 1.9.
// Kinds: o octet, s 16 bits, l 32 bits, L 64 bits, S short text, B long text, T table, b a bit, t time.
import { names } from "../coding/names.ts";

/** A method of AMQP 0-9-1: its arguments in order. */
export interface AmqpMethod {
  readonly name: string;
  readonly ref: string;
  readonly args: readonly (readonly [name: string, kind: string])[];
  /** The method that answers, or that this one answers. */
  readonly asks?: string;
  readonly answers?: string;
}

const CLASSES: Readonly<Record<number, readonly [name: string, ref: string, methods: string]>> = {
  10: [
    "Connection",
    "AMQP 1.4.2",
    "10 Start o:Version-major,o:Version-minor,T:Server properties,B:Mechanisms,B:Locales|" +
    "11 StartOk T:Client properties,S:Mechanism,B:Response,S:Locale|20 Secure B:Challenge|21 SecureOk B:Response|" +
    "30 Tune s:Channel max,l:Frame max,s:Heartbeat|31 TuneOk s:Channel max,l:Frame max,s:Heartbeat|" +
    "40 Open S:Virtual host,S:Reserved,b:Reserved|41 OpenOk S:Reserved|" +
    "50 Close s:Reply code,S:Reply text,s:Failing class,s:Failing method|51 CloseOk |60 Blocked S:Reason|61 Unblocked |" +
    "70 UpdateSecret B:New secret,S:Reason|71 UpdateSecretOk ",
  ],
  20: [
    "Channel",
    "AMQP 1.5.2",
    "10 Open S:Reserved|11 OpenOk B:Reserved|20 Flow b:Active|21 FlowOk b:Active|" +
    "40 Close s:Reply code,S:Reply text,s:Failing class,s:Failing method|41 CloseOk ",
  ],
  40: [
    "Exchange",
    "AMQP 1.6.2",
    "10 Declare s:Reserved,S:Exchange,S:Type,b:Passive,b:Durable,b:Auto delete,b:Internal,b:No wait,T:Arguments|" +
    "11 DeclareOk |20 Delete s:Reserved,S:Exchange,b:If unused,b:No wait|21 DeleteOk |" +
    "30 Bind s:Reserved,S:Destination,S:Source,S:Routing key,b:No wait,T:Arguments|31 BindOk |" +
    "40 Unbind s:Reserved,S:Destination,S:Source,S:Routing key,b:No wait,T:Arguments|51 UnbindOk ",
  ],
  50: [
    "Queue",
    "AMQP 1.7.2",
    "10 Declare s:Reserved,S:Queue,b:Passive,b:Durable,b:Exclusive,b:Auto delete,b:No wait,T:Arguments|" +
    "11 DeclareOk S:Queue,l:Message count,l:Consumer count|" +
    "20 Bind s:Reserved,S:Queue,S:Exchange,S:Routing key,b:No wait,T:Arguments|21 BindOk |" +
    "30 Purge s:Reserved,S:Queue,b:No wait|31 PurgeOk l:Message count|" +
    "40 Delete s:Reserved,S:Queue,b:If unused,b:If empty,b:No wait|41 DeleteOk l:Message count|" +
    "50 Unbind s:Reserved,S:Queue,S:Exchange,S:Routing key,T:Arguments|51 UnbindOk ",
  ],
  60: [
    "Basic",
    "AMQP 1.8.3",
    "10 Qos l:Prefetch size,s:Prefetch count,b:Global|11 QosOk |" +
    "20 Consume s:Reserved,S:Queue,S:Consumer tag,b:No local,b:No ack,b:Exclusive,b:No wait,T:Arguments|" +
    "21 ConsumeOk S:Consumer tag|30 Cancel S:Consumer tag,b:No wait|31 CancelOk S:Consumer tag|" +
    "40 Publish s:Reserved,S:Exchange,S:Routing key,b:Mandatory,b:Immediate|" +
    "50 Return s:Reply code,S:Reply text,S:Exchange,S:Routing key|" +
    "60 Deliver S:Consumer tag,L:Delivery tag,b:Redelivered,S:Exchange,S:Routing key|" +
    "70 Get s:Reserved,S:Queue,b:No ack|71 GetOk L:Delivery tag,b:Redelivered,S:Exchange,S:Routing key,l:Message count|" +
    "72 GetEmpty S:Reserved|80 Ack L:Delivery tag,b:Multiple|90 Reject L:Delivery tag,b:Requeue|" +
    "100 RecoverAsync b:Requeue|110 Recover b:Requeue|111 RecoverOk |120 Nack L:Delivery tag,b:Multiple,b:Requeue",
  ],
  85: ["Confirm", "RabbitMQ confirms", "10 Select b:No wait|11 SelectOk "],
  90: ["Tx", "AMQP 1.9.2", "10 Select |11 SelectOk |20 Commit |21 CommitOk |30 Rollback |31 RollbackOk "],
};

/** Methods by `class * 65536 + method`. */
export const METHODS: ReadonlyMap<number, AmqpMethod> = new Map(
  Object.entries(CLASSES).flatMap(([id, [group, ref, text]]) => {
    const rows = text.split("|").map((row) => {
      const [, number, name, args = ""] = /^(\d+) (\w+) ?(.*)$/.exec(row)!;
      return { number: Number(number), name: name!, args };
    });
    const names = new Set(rows.map(({ name }) => name));
    return rows.map(({ number, name, args }): [number, AmqpMethod] => {
      const asks = names.has(`${name}Ok`) ? { asks: `${group}.${name}` } : {};
      const before = name === "GetEmpty" ? "Get" : /^(\w+)Ok$/.exec(name)?.[1];
      const answers = before !== undefined ? { answers: `${group}.${before}` } : {};
      return [Number(id) * 65536 + number, {
        name: `${group}.${name}`,
        ref,
        args: args === "" ? [] : args.split(",").map((arg) => [arg.slice(2), arg[0]!] as const),
        ...asks,
        ...answers,
      }];
    });
  }),
);

/** Properties of a message, from the most significant flag on (1.8, "Basic" content header). */
export const PROPERTIES: readonly (readonly [name: string, kind: string])[] = [
  ["Content type", "S"],
  ["Content encoding", "S"],
  ["Headers", "T"],
  ["Delivery mode", "o"],
  ["Priority", "o"],
  ["Correlation ID", "S"],
  ["Reply to", "S"],
  ["Expiration", "S"],
  ["Message ID", "S"],
  ["Timestamp", "t"],
  ["Type", "S"],
  ["User ID", "S"],
  ["Application ID", "S"],
  ["Cluster ID", "S"],
];

export const REPLY_CODES = names(`
  200 success; 311 content too large; 312 no route; 313 no consumers; 320 closed by an operator;
  402 invalid virtual host; 403 access refused; 404 not found; 405 resource locked; 406 precondition failed;
  501 frame error; 502 syntax error; 503 command invalid; 504 channel error; 505 unexpected frame; 506 resource error;
  530 not allowed; 540 not implemented; 541 internal error
`);
