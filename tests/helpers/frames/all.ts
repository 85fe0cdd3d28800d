// Every frame made by hand, by what it is. To add a file of them: a line here.
import { AFS_FRAMES } from "./afs.ts";
import { DECNET_FRAMES } from "./decnet.ts";
import { FORCES_FRAMES } from "./forces.ts";
import { IP_FRAMES } from "./ip.ts";
import { KEY_FRAMES } from "./keys.ts";
import { LINK_FRAMES } from "./link.ts";
import { LMP_FRAMES } from "./lmp.ts";
import { MESH_FRAMES } from "./mesh.ts";
import { MORE_FRAMES } from "./more.ts";
import { NFS_FRAMES } from "./nfs.ts";
import { OLD_SERVICE_FRAMES } from "./old_services.ts";
import { ODD_FRAMES } from "./odd.ts";
import { PGM_FRAMES } from "./pgm.ts";
import { RARE_FRAMES } from "./rare.ts";
import { ROUTING_FRAMES } from "./routing.ts";
import { RSVP_FRAMES } from "./rsvp.ts";
import { SDN_FRAMES } from "./sdn.ts";
import { SELDOM_FRAMES } from "./seldom.ts";
import { SERVICE_FRAMES } from "./services.ts";
import { ZEP_FRAMES } from "./wpan.ts";

export const FRAMES: Readonly<Record<string, Uint8Array>> = {
  ...AFS_FRAMES,
  ...DECNET_FRAMES,
  ...FORCES_FRAMES,
  ...IP_FRAMES,
  ...KEY_FRAMES,
  ...LINK_FRAMES,
  ...OLD_SERVICE_FRAMES,
  ...ODD_FRAMES,
  ...PGM_FRAMES,
  ...RARE_FRAMES,
  ...ROUTING_FRAMES,
  ...SERVICE_FRAMES,
  ...ZEP_FRAMES,
  ...LMP_FRAMES,
  ...MESH_FRAMES,
  ...MORE_FRAMES,
  ...NFS_FRAMES,
  ...RSVP_FRAMES,
  ...SDN_FRAMES,
  ...SELDOM_FRAMES,
};
