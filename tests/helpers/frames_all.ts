// Every frame made by hand, by what it is. To add a file of them: a line here.
import { IP_FRAMES } from "./frames_ip.ts";
import { KEY_FRAMES } from "./frames_keys.ts";
import { LINK_FRAMES } from "./frames_link.ts";
import { MORE_FRAMES } from "./frames_more.ts";
import { NFS_FRAMES } from "./frames_nfs.ts";
import { ROUTING_FRAMES } from "./frames_routing.ts";
import { SELDOM_FRAMES } from "./frames_seldom.ts";
import { SERVICE_FRAMES } from "./frames_services.ts";

export const FRAMES: Readonly<Record<string, Uint8Array>> = {
  ...IP_FRAMES,
  ...KEY_FRAMES,
  ...LINK_FRAMES,
  ...ROUTING_FRAMES,
  ...SERVICE_FRAMES,
  ...MORE_FRAMES,
  ...NFS_FRAMES,
  ...SELDOM_FRAMES,
};
