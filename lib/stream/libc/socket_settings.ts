// What is to be set on a socket by its number, and when. Sets it through the C library.
import { type Bytes, utf8Text } from "../../base/bytes.ts";
import type { Libc } from "./libc.ts";
import { setSocketOption, type SocketOption } from "./socket_fd.ts";

/** One call of setsockopt. */
export interface SocketSetting extends SocketOption {
  /**
   * Before the socket is bound; or once it is connected (of a listener: handed down to what it accepts); `made`: no option
   * of it, but the namespace to make it in, by its name.
   */
  readonly when: "made" | "early" | "connected";
}

/** The network namespace in which the socket is to be made; `undefined`: netlab's own. */
export function namespaceOf(settings: readonly SocketSetting[]): string | undefined {
  const setting = settings.find(({ when }) => when === "made");
  return setting === undefined ? undefined : utf8Text(setting.value as Bytes);
}

/** Sets those of `settings` whose time is `when`. Throws what the system says, with the option's name. */
export function applySettings(
  libc: Libc,
  fd: number,
  settings: readonly SocketSetting[],
  when: SocketSetting["when"],
): void {
  for (const setting of settings) {
    if (setting.when === when) setSocketOption(libc, fd, setting);
  }
}
