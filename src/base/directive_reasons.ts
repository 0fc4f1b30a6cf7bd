/**
 * Why some directives of Redis have no effect in denodis: several of them share a reason.
 *
 * @module
 */

/** What there is none of, and what to do instead. */
export const without = {
  ciphers: "Deno's TLS lets nobody choose the ciphers",
  tlsSessions: "Deno's TLS always keeps sessions, as tickets that its clients hold",
  syslog: "Deno has no syslog: log to the standard output, which journald and containers collect",
  affinity: "Deno cannot choose CPUs; taskset can",
  children: "there are no background processes to kill first; the service manager can set the score",
  title: "Deno cannot change the title of its process",
  crashes: "Deno reports its crashes itself",
} as const;
