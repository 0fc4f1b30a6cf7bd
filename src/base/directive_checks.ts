/**
 * What is wrong with a text that a directive is given: the reason in Redis's words, or `undefined` if nothing is.
 *
 * @module
 */

/** Any file name without a directory, or nothing. */
export function isFileName(value: string): string | undefined {
  return isPath(value) ? "dbfilename can't be a path, just a filename" : undefined;
}

/** A check that there is a file name, without a directory; `what` is what the text calls it. */
export function isSetFileName(directive: string, what: string): (value: string) => string | undefined {
  return (value) => {
    if (value === "") return `${directive} can't be empty`;
    return isPath(value) ? `${directive} can't be a path, just a ${what}` : undefined;
  };
}

function isPath(value: string): boolean {
  return value.includes("/") || value.includes("\\");
}

/** The length from which a host or node name is too long. */
const NAME_LIMIT = 256;

/** A host name, or nothing. */
export function isHostName(value: string): string | undefined {
  if (value.length >= NAME_LIMIT) return `Hostnames must be less than ${NAME_LIMIT} characters`;
  if (/^[A-Za-z0-9.-]*$/.test(value)) return undefined;
  return "Hostnames may only contain alphanumeric characters, hyphens or dots";
}

/** The name of a cluster node for people, or nothing. */
export function isNodeName(value: string): string | undefined {
  if (value.length >= NAME_LIMIT) {
    return `Human-readable nodenames must be less than ${NAME_LIMIT} characters`;
  }
  if (/^[A-Za-z0-9"',./=_`\\ -]*$/.test(value)) return undefined;
  return "Announced human node name contained invalid character";
}

/** The variables of a process title, and whether there is always something to put in their place. */
const TITLE_VARIABLES: Readonly<Record<string, boolean>> = {
  "title": false,
  "listen-addr": true,
  "server-mode": false,
  "port": true,
  "tls-port": true,
  "unixsocket": false,
  "config-file": true,
};

/** A template of a process title: text with variables in braces; `{{` is a brace. The title must not be empty. */
export function isProcessTitle(value: string): string | undefined {
  let valid = true;
  const title = value.replace(/\{\{|\{([^}]*)(\}?)/g, (_whole, name?: string, end?: string) => {
    if (name === undefined) return "{";
    if (end === "" || !Object.hasOwn(TITLE_VARIABLES, name)) valid = false;
    return TITLE_VARIABLES[name] ? "x" : "";
  });
  return valid && title.trim() !== ""
    ? undefined
    : "template format is invalid or contains unknown variables";
}
