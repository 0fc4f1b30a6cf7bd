/**
 * CLIENT: the container, and its HELP.
 *
 * @module
 */

import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";
import { clientGetname, clientId, clientInfo, clientSetinfo, clientSetname } from "./client_identity.ts";
import { clientKill } from "./client_kill.ts";
import { clientList } from "./client_list.ts";
import { clientNoEvict, clientNoTouch } from "./client_modes.ts";
import { clientPause, clientUnpause } from "./client_pause.ts";
import { clientReply } from "./client_reply.ts";
import { clientCaching, clientGetredir, clientTracking, clientTrackinginfo } from "./client_tracking.ts";
import { clientUnblock } from "./client_unblock.ts";

const HELP = [
  "CACHING (YES|NO)",
  "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
  "GETREDIR",
  "    Return the client ID we are redirecting to when tracking is enabled.",
  "GETNAME",
  "    Return the name of the current connection.",
  "ID",
  "    Return the ID of the current connection.",
  "INFO",
  "    Return information about the current client connection.",
  "KILL <ip:port>",
  "    Kill connection made from <ip:port>.",
  "KILL <option> <value> [<option> <value> [...]]",
  "    Kill connections. Options are:",
  "    * ADDR (<ip:port>|<unixsocket>:0)",
  "      Kill connections made from the specified address",
  "    * LADDR (<ip:port>|<unixsocket>:0)",
  "      Kill connections made to specified local address",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "      Kill connections by type.",
  "    * USER <username>",
  "      Kill connections authenticated by <username>.",
  "    * SKIPME (YES|NO)",
  "      Skip killing current connection (default: yes).",
  "    * ID <client-id>",
  "      Kill connections by client id.",
  "    * MAXAGE <maxage>",
  "      Kill connections older than the specified age.",
  "LIST [options ...]",
  "    Return information about client connections. Options:",
  "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
  "      Return clients of specified type.",
  "UNPAUSE",
  "    Stop the current client pause, resuming traffic.",
  "PAUSE <timeout> [WRITE|ALL]",
  "    Suspend all, or just write, clients for <timeout> milliseconds.",
  "REPLY (ON|OFF|SKIP)",
  "    Control the replies sent to the current connection.",
  "SETNAME <name>",
  "    Assign the name <name> to the current connection.",
  "SETINFO <option> <value>",
  "    Set client meta attr. Options are:",
  "    * LIB-NAME: the client lib name.",
  "    * LIB-VER: the client lib version.",
  "UNBLOCK <clientid> [TIMEOUT|ERROR]",
  "    Unblock the specified blocked client.",
  "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
  "         [OPTIN] [OPTOUT] [NOLOOP]",
  "    Control server assisted client side caching.",
  "TRACKINGINFO",
  "    Report tracking status for the current connection.",
  "NO-EVICT (ON|OFF)",
  "    Protect current client connection from eviction.",
  "NO-TOUCH (ON|OFF)",
  "    Will not touch LRU/LFU stats when this mode is on.",
];

/** `CLIENT HELP` */
const clientHelp = defineCommand({
  name: "HELP",
  group: "connection",
  since: "5.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "CLIENT", HELP);
  },
});

/** `CLIENT` */
export const client = defineCommand({
  name: "CLIENT",
  group: "connection",
  since: "2.4.0",
  summary: "A container for client connection commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [
    clientCaching,
    clientGetname,
    clientGetredir,
    clientHelp,
    clientId,
    clientInfo,
    clientKill,
    clientList,
    clientNoEvict,
    clientNoTouch,
    clientPause,
    clientReply,
    clientSetinfo,
    clientSetname,
    clientTracking,
    clientTrackinginfo,
    clientUnblock,
    clientUnpause,
  ],
  run: null,
});
