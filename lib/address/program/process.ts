// What becomes of netlab's own process once an address is open: another user, another root directory, a session of its own.
// Programs have options of the same names, which are about the program.
import { errorText, UsageError } from "../../base/errors.ts";
import { FILE, one, TEXT, toggle, type Values } from "../../options/schema.ts";
import { cString, type Libc, needLibc, SystemError } from "../../stream/libc/libc.ts";
import { groupId, userOf } from "../file/named.ts";

const group = "Process";

/** To add one: a key here, and its place in `changeProcess`. */
export const PROCESS_OPTIONS = {
  su: one(TEXT, {
    group,
    help: "Become this user once the address is open; a listener once its first peer has come (root only)",
    placeholder: "USER",
    aliases: ["su-d", "substuser", "substuser-delayed", "setuid"],
  }),
  setgid: one(TEXT, { group, help: "Have this group once the address is open", placeholder: "GROUP" }),
  chroot: one(FILE, { group, help: "Have this root directory once the address is open", placeholder: "DIR" }),
  setsid: toggle({ group, help: "Lead a session of its own", aliases: ["sid"] }),
};
type ProcessOptions = Values<typeof PROCESS_OPTIONS>;

let leads = false;

/** Whether netlab was made to lead a session: then programs that it runs are members of it. */
export function leadsSession(): boolean {
  return leads;
}

/** Whether any of it was asked for. */
export function wantsProcess({ su, setgid, chroot, setsid }: ProcessOptions): boolean {
  return su !== undefined || setgid !== undefined || chroot !== undefined || setsid;
}

/** A `UsageError` for a user or group that is not there: when the first peer has come it would be too late. */
export function checkProcess(options: ProcessOptions, address: string): void {
  try {
    if (options.su !== undefined) userOf(options.su);
    if (options.setgid !== undefined) groupId(options.setgid);
  } catch (error) {
    throw new UsageError(`Cannot open "${address}": ${errorText(error)}`);
  }
}

function must(libc: Libc, result: number, what: string): void {
  if (result !== 0) throw new SystemError(libc, libc.errno(), what);
}

/** Changes the process for good. Throws what the system says. */
export async function changeProcess(options: ProcessOptions): Promise<void> {
  const libc = needLibc("Another user or root directory");
  const { call } = libc;
  // All that is looked up in files, of netlab too, as long as they can be read.
  const account = options.su === undefined ? undefined : userOf(options.su);
  const gid = options.setgid === undefined ? undefined : groupId(options.setgid);
  await loadTheRest();
  if (options.setsid) {
    if (call.setsid() < 0) throw new SystemError(libc, libc.errno(), "Cannot lead a session");
    leads = true;
  }
  // Here, as the list of groups is in a file.
  if (account !== undefined) {
    must(libc, call.initgroups(cString(account.name), account.gid), `Cannot become "${options.su}"`);
  }
  if (options.chroot !== undefined) {
    must(libc, call.chroot(cString(options.chroot)), `Cannot change the root directory to "${options.chroot}"`);
    must(libc, call.chdir(cString("/")), `Cannot enter "${options.chroot}"`);
  }
  const wantedGid = gid ?? account?.gid;
  if (wantedGid !== undefined) must(libc, call.setgid(wantedGid), `Cannot have the group ${wantedGid}`);
  if (account !== undefined) must(libc, call.setuid(account.uid), `Cannot become "${options.su}"`);
}

/** Modules that addresses load when they need them, which another user may not read, and which no other root has. */
async function loadTheRest(): Promise<void> {
  await Promise.all([
    import("../../dial/via.ts"),
    import("../../dial/proxy_protocol.ts"),
    import("../../dial/tls/client.ts"),
    import("../../dial/tls/server.ts"),
    import("../../dial/starttls/starttls.ts"),
    import("../../dial/websocket/handshake.ts"),
    import("../../stream/libc/tcp_socket.ts"),
    import("node:crypto"),
    import("node:dns/promises"),
    import("node:net"),
    import("node:tls"),
  ]);
}
