// Services of AFS: names of their operations and what their messages hold. Pure. The words are tcpdump's.
// What a message holds is written in short: see `printParts` in parts.ts. To add an operation: its number where what it
// holds stands already, or a line.
import type { Names } from "../core/line.ts";
import { names } from "../core/table.ts";

/** What messages hold, by operation. */
type Messages = ReadonlyMap<number, string>;

/** A service. */
export interface Service {
  readonly name: string;
  readonly operations: Names;
  readonly calls: Messages;
  readonly replies: Messages;
  /** Octets that a string may have. */
  readonly longest: number;
  /** Its calls may be those of the replicated database. */
  readonly ubik?: boolean;
  /** Answers without content are told too. */
  readonly bare?: boolean;
}

/** `"131 132: F"` in a line each. */
function messages(text: string): Messages {
  const table = new Map<number, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(": "), parts = line.slice(colon + 2);
    for (const number of line.slice(0, colon).trim().split(" ")) table.set(Number(number), parts);
  }
  return table;
}

const NONE: Messages = new Map();

/** Calls between servers of a replicated database. */
export const UBIK: Service = {
  name: "ubik",
  operations: names(
    "10000 vote-beacon|vote-debug-old|vote-sdebug-old|vote-getsyncsite|vote-debug|vote-sdebug|vote-xdebug|vote-xsdebug|" +
      "20000 disk-begin|disk-commit|disk-lock|disk-write|disk-getversion|disk-getfile|disk-sendfile|disk-abort|" +
      "disk-releaselocks|disk-truncate|disk-probe|disk-writev|disk-interfaceaddr|disk-setversion",
  ),
  calls: messages(`10000: syncsite Q votestart D dbversion V tid V
    10003: site U
    20000 20001 20007 20008 20010: tid V
    20002: tid V file I pos I length I K
    20003: tid V file I pos I
    20005: file I
    20006: file I length I dbversion V
    20009: tid V file I length I
    20012: tid V oldversion V newversion V`),
  replies: messages(`10000: vote_no
    20004: dbversion V`),
  longest: 0,
  bare: true,
};

/** Services by their ports. */
export const SERVICES: Readonly<Record<number, Service>> = {
  7000: {
    name: "fs",
    operations: names(
      "130 fetch-data|fetch-acl|fetch-status|store-data|store-acl|store-status|remove-file|create-file|rename|symlink|" +
        "link|makedir|rmdir|oldsetlock|oldextlock|oldrellock|get-stats|give-cbs|get-vlinfo|get-vlstats|set-vlstats|" +
        "get-rootvl|check-token|get-time|nget-vlinfo|bulk-stat|setlock|extlock|rellock|xstat-ver|get-xstat|dfs-lookup|" +
        "dfs-flushcps|dfs-symlink|220 residency|65536 inline-bulk-status|fetch-data-64|store-data-64|give-up-all-cbs|" +
        "get-caps|cb-rx-conn-addr",
    ),
    calls: messages(`130: F offset U length U
      131 132 143 144 145 156 157 158: F
      133: F A offset U length U flen U
      134: F C
      135: F A
      136 142: F S
      137 141: F S A
      138: old F S new F S
      139: F S link_to S
      140: F S link_to F
      148: S
      149 150: volid U
      154: volname S
      155 65536: F*
      65537: F offset L length L
      65538: F A offset L length L flen L
      65541: addr U`),
    replies: messages(`131: C
      137 141: new F
      151: root_volume S
      153: D`),
    longest: 256,
  },
  7001: {
    name: "cb",
    operations: names(
      "204 callback|initcb|probe|getlock|getce|xstatver|getxstat|initcb2|whoareyou|initcb3|probeuuid|getsrvprefs|" +
        "getcellservdb|getlocalcell|getcacheconf|65536 getce64|getcellbynum|tellmeaboutyourself",
    ),
    calls: messages(`204: F* B
      214: afsuuid Y`),
    replies: messages("213: Y"),
    longest: 256,
  },
  7002: {
    name: "pt",
    operations: names(
      "500 new-user|where-is-it|dump-entry|add-to-group|name-to-id|id-to-name|delete|remove-from-group|get-cps|" +
        "new-entry|list-max|set-max|list-entry|change-entry|list-elements|same-mbr-of|set-fld-sentry|list-owned|" +
        "get-cps2|get-host-cps|update-entry|list-entries|530 list-super-groups",
    ),
    calls: messages(`500: S id I oldid I
      501 506 508 512 514 517 518 519 530: id I
      502: pos I
      503 507 515: uid I gid I
      504: W+
      505: ids: I+
      509: S flag I oid I
      511: id I gflag I
      513: id I S oldid I newid I
      520: id I S`),
    replies: messages(`504: ids: I+
      505: W+
      508 514 517 518 519: I+
      510: maxuid I maxgid I`),
    longest: 64,
    ubik: true,
    bare: true,
  },
  7003: {
    name: "vldb",
    operations: names(
      "501 create-entry|delete-entry|get-entry-by-id|get-entry-by-name|get-new-volume-id|replace-entry|update-entry|" +
        "setlock|releaselock|list-entry|list-attrib|linked-list|get-stats|probe|get-addrs|change-addr|create-entry-n|" +
        "get-entry-by-id-n|get-entry-by-name-n|replace-entry-n|list-entry-n|list-attrib-n|linked-list-n|" +
        "update-entry-by-name|create-entry-u|get-entry-by-id-u|get-entry-by-name-u|replace-entry-u|list-entry-u|" +
        "list-attrib-u|linked-list-u|regaddr|get-addrs-u|list-attrib-n2",
    ),
    calls: messages(`501 517: W
      502 503 507 508 509 518: volid I T
      504 519 524 527: S
      505: bump I
      506 520: volid I T W
      510 521: index I`),
    replies: messages(`503 504: W X N8 rwvol U rovol U backup U
      505: newvol U
      510: count I nextindex I W X N8 rwvol U rovol U backup U
      518 519: W N13 rwvol U rovol U backup U
      521 529: count I nextindex I W N13 rwvol U rovol U backup U
      526 527: W NU rwvol U rovol U backup U`),
    longest: 65,
    ubik: true,
    bare: true,
  },
  7004: {
    name: "kauth",
    operations: names(
      "1 auth-old|change-pw|get-ticket-old|set-pw|set-fields|create-user|delete-user|get-entry|list-entry|get-stats|" +
        "debug|get-pw|get-random-key|unlock|lock-status|21 authenticate|authenticate-v2|get-ticket",
    ),
    calls: messages(`1 2 5 6 7 8 14 15 21 22: principal S S
      3 23: kvno I domain S O principal S S
      4: principal S S kvno I
      12: name S`),
    replies: NONE,
    longest: 64,
    ubik: true,
  },
  7005: {
    name: "vol",
    operations: names(
      "100 create-volume|delete-volume|restore|forward|end-trans|clone|set-flags|get-flags|trans-create|dump|" +
        "get-nth-volume|set-forwarding|get-name|get-status|sig-restore|list-partitions|list-volumes|set-id-types|" +
        "monitor|partition-info|reclone|list-one-volume|nuke|set-date|x-list-volumes|x-list-one-volume|set-info|" +
        "x-list-partitions|forward-multiple|65536 convert-ro|get-size|dump-v2",
    ),
    calls: messages(`100: partition U name S type U parent U
      101 104 107: trans U
      102: totrans U flags U
      103: fromtrans U fromdate D G desttrans I
      105: trans U purgevol U newtype U newname S
      106: trans U flags U
      108: vol U partition U flags U
      109 655537: fromtrans U fromdate D
      110: index U
      111: tid U newsite U
      112 113: tid
      114: name S type U pid U cloneid U
      116: partition U flags U
      117: tid U name S type U pid U clone U backup U
      119: name S
      120 126: tid U
      121 122 124 125 65536: partid U volid U
      123: tid U date D
      128: fromtrans U fromdate D G*
      65538: fromtrans U fromdate D flags U`),
    replies: messages(`100: volid U trans U
      104 107: U
      105: newvol U
      108: trans U
      110: volume U partition U
      112: S
      113: R create D access D update D expire D backup D copy D
      116 121: M*`),
    longest: 256,
  },
  7007: {
    name: "bos",
    operations: names(
      "80 create-bnode|delete-bnode|set-status|get-status|enumerate-instance|get-instance-info|get-instance-parm|" +
        "add-superuser|delete-superuser|list-superusers|list-keys|add-key|delete-key|set-cell-name|get-cell-name|" +
        "get-cell-host|add-cell-host|delete-cell-host|set-t-status|shutdown-all|restart-all|startup-all|" +
        "set-noauth-flag|re-bozo|restart|start-bozo-install|uninstall|get-dates|exec|prune|set-restart-time|" +
        "get-restart-time|start-bozo-log|wait-all|get-instance-strings|get-restricted|set-restricted",
    ),
    calls: messages(`80: type S instance S
      81 83 85 87 88 93 96 97 104 106 108 112 114: S
      82 98: S status I
      84 89 90 91 92 95: I
      86: S num I
      105: S size I flags I date I`),
    replies: NONE,
    longest: 256,
  },
};
