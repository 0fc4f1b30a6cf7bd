/**
 * CLIENT TRACKING, TRACKINGINFO, CACHING and GETREDIR: what a client that keeps values wants to be told of.
 *
 * @module
 */

import {
  BCAST_EXCLUDES_OPTIONS,
  BCAST_SWITCHED,
  CACHING_NO_WITHOUT_OPTOUT,
  CACHING_WITHOUT_TRACKING,
  CACHING_YES_WITHOUT_OPTIN,
  NO_CLIENT_TO_REDIRECT_TO,
  OPTIN_EXCLUDES_OPTOUT,
  OPTIN_SWITCHED,
  overlappingPrefix,
  PREFIX_WITHOUT_BCAST,
  SECOND_REDIRECTION,
  SYNTAX,
} from "../../base/errors.ts";
import type { CommandContext, TrackingOptions, TrackingState } from "../context.ts";
import { defineCommand } from "../define.ts";

/**
 * `CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT]
 * [NOLOOP]`
 */
export const clientTracking = defineCommand({
  name: "TRACKING",
  group: "connection",
  since: "6.0.0",
  summary: "Enable or disable server assisted client side caching support",
  complexity: "O(1). Some options may introduce additional complexity.",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "status",
      type: "oneof",
      arguments: [
        { name: "on", type: "pure-token", token: "ON" },
        { name: "off", type: "pure-token", token: "OFF" },
      ],
    },
    { name: "client-id", type: "integer", token: "REDIRECT", optional: true },
    {
      name: "prefix",
      type: "string",
      token: "PREFIX",
      optional: true,
      multiple: true,
      multipleToken: true,
    },
    { name: "bcast", type: "pure-token", token: "BCAST", optional: true },
    { name: "optin", type: "pure-token", token: "OPTIN", optional: true },
    { name: "optout", type: "pure-token", token: "OPTOUT", optional: true },
    { name: "noloop", type: "pure-token", token: "NOLOOP", optional: true },
  ],
  subcommands: [],
  run(context) {
    const { args, reply, server, session } = context;
    const options = parseOptions(context);
    if (args.is(2, "ON")) {
      checkModes(options, session.tracking);
      if (options.broadcast) checkPrefixes(options.prefixes, session.tracking?.prefixes ?? []);
      const everything = options.broadcast && options.prefixes.length === 0;
      server.tracking.enable(session, everything ? { ...options, prefixes: [""] } : options);
    } else if (args.is(2, "OFF")) {
      server.tracking.disable(session);
    } else {
      throw SYNTAX;
    }
    reply.ok();
  },
});

function parseOptions({ args, server }: CommandContext): TrackingOptions {
  let redirect = 0;
  const prefixes: string[] = [];
  let [broadcast, optIn, optOut, noLoop] = [false, false, false, false];
  for (let i = 3; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, "REDIRECT")) {
      if (redirect !== 0) throw SECOND_REDIRECTION;
      redirect = args.integer(++i);
      if (server.clients.get(redirect) === undefined) throw NO_CLIENT_TO_REDIRECT_TO;
    } else if (args.is(i, "BCAST")) {
      broadcast = true;
    } else if (args.is(i, "OPTIN")) {
      optIn = true;
    } else if (args.is(i, "OPTOUT")) {
      optOut = true;
    } else if (args.is(i, "NOLOOP")) {
      noLoop = true;
    } else if (hasValue && args.is(i, "PREFIX")) {
      prefixes.push(args.text(++i));
    } else {
      throw SYNTAX;
    }
  }
  return { redirect, broadcast, prefixes, optIn, optOut, noLoop };
}

/** @throws {WireError} where options exclude each other, or the mode that the client is in */
function checkModes(options: TrackingOptions, old: TrackingState | null): void {
  const { broadcast, prefixes, optIn, optOut } = options;
  if (!broadcast && prefixes.length > 0) throw PREFIX_WITHOUT_BCAST;
  if (old !== null && old.broadcast !== broadcast) throw BCAST_SWITCHED;
  if (broadcast && (optIn || optOut)) throw BCAST_EXCLUDES_OPTIONS;
  if (optIn && optOut) throw OPTIN_EXCLUDES_OPTOUT;
  if ((optIn && old?.optOut) || (optOut && old?.optIn)) throw OPTIN_SWITCHED;
}

/** @throws {WireError} where two prefixes would tell the client of a key twice */
function checkPrefixes(prefixes: readonly string[], existing: readonly string[]): void {
  for (const [i, prefix] of prefixes.entries()) {
    for (const other of existing) {
      if (overlap(prefix, other)) throw overlappingPrefix(prefix, other, "an existing");
    }
    for (const other of prefixes.slice(i + 1)) {
      if (overlap(prefix, other)) throw overlappingPrefix(prefix, other, "another provided");
    }
  }
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** `CLIENT TRACKINGINFO` */
export const clientTrackinginfo = defineCommand({
  name: "TRACKINGINFO",
  group: "connection",
  since: "6.2.0",
  summary: "Return information about server assisted client side caching for the current connection",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session: { tracking } }) {
    reply.map(3);
    reply.bulkText("flags");
    const flags = flagsOf(tracking);
    reply.set(flags.length);
    for (const flag of flags) reply.bulkText(flag);
    reply.bulkText("redirect");
    reply.integer(tracking?.redirect ?? -1);
    reply.bulkText("prefixes");
    const prefixes = tracking?.prefixes ?? [];
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.bulkText(prefix);
  },
});

function flagsOf(tracking: TrackingState | null): string[] {
  if (tracking === null) return ["off"];
  const flags = ["on"];
  if (tracking.broadcast) flags.push("bcast");
  if (tracking.optIn) flags.push("optin");
  if (tracking.optIn && tracking.caching) flags.push("caching-yes");
  if (tracking.optOut) flags.push("optout");
  if (tracking.optOut && tracking.caching) flags.push("caching-no");
  if (tracking.noLoop) flags.push("noloop");
  if (tracking.redirectBroken) flags.push("broken_redirect");
  return flags;
}

/** `CLIENT CACHING <YES | NO>` */
export const clientCaching = defineCommand({
  name: "CACHING",
  group: "connection",
  since: "6.0.0",
  summary: "Instruct the server about tracking or not keys in the next request",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "mode",
      type: "oneof",
      arguments: [
        { name: "yes", type: "pure-token", token: "YES" },
        { name: "no", type: "pure-token", token: "NO" },
      ],
    },
  ],
  subcommands: [],
  run({ args, reply, session: { tracking } }) {
    if (tracking === null) throw CACHING_WITHOUT_TRACKING;
    if (args.is(2, "YES")) {
      if (!tracking.optIn) throw CACHING_YES_WITHOUT_OPTIN;
    } else if (args.is(2, "NO")) {
      if (!tracking.optOut) throw CACHING_NO_WITHOUT_OPTOUT;
    } else {
      throw SYNTAX;
    }
    tracking.caching = true;
    reply.ok();
  },
});

/** `CLIENT GETREDIR` */
export const clientGetredir = defineCommand({
  name: "GETREDIR",
  group: "connection",
  since: "6.0.0",
  summary: "Get tracking notifications redirection client ID if any",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "loading", "stale"],
  categories: ["connection"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, session }) {
    reply.integer(session.tracking?.redirect ?? -1);
  },
});
