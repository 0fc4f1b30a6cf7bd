/**
 * Where things are, independent of the directory that the tests were started from.
 *
 * @module
 */

export { fileURLToPath as fromFileUrl } from "node:url";

/** The repository's root folder, with a trailing slash. */
export const repositoryRoot = new URL("../../", import.meta.url);
