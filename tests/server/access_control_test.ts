/**
 * The users of the configuration, and what there is of them when the server starts.
 */

import assert from "node:assert/strict";
import { splitArguments } from "../../src/base/quoting.ts";
import { ConfigurationError, type ConfigurationLine } from "../../src/server/config_file.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { Server } from "../../src/server/server.ts";

/** Lines as a configuration file has them. */
function lines(...texts: string[]): ConfigurationLine[] {
  return texts.map((text, i) => ({ source: "a file", number: i + 1, text, words: splitArguments(text)! }));
}

/** ACL LIST, or why the server does not start. */
function begun(configuration: Configuration, ...texts: string[]): readonly string[] | string {
  const { access } = new Server({ configuration });
  try {
    access.begin(lines(...texts));
  } catch (error) {
    if (error instanceof ConfigurationError) return error.reason;
    throw error;
  }
  return access.users.lines();
}

const HASH = "#2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

Deno.test("user lines make users, and the default one anew", () => {
  assert.deepEqual(
    begun(
      new Configuration(),
      "user a on >secret ~a (+get ~b)",
      "user b on nopass (+set %R~c",
      "user default on nopass +@all",
    ),
    "Error in user declaration '(+set': Unmatched parenthesis in acl selector",
  );
  assert.deepEqual(
    begun(new Configuration(), "user a on >secret ~a (+get ~b )", "user default on nopass +@all"),
    [
      `a on ${HASH} ~a resetchannels -@all (~b resetchannels -@all +get)`,
      "default on nopass sanitize-payload resetchannels +@all",
    ],
  );
});

const REFUSED: readonly (readonly [line: string, reason: string])[] = [
  ["user a ~x junk", "Error in user declaration 'junk': Syntax error"],
  ["user a +nosuch", "Error in user declaration '+nosuch': Unknown command or category name in ACL"],
  ['user "a b"', "Error in user declaration 'a b': Spaces not allowed in ACL usernames"],
];
for (const [line, reason] of REFUSED) {
  Deno.test(`refused: ${line}`, () => assert.equal(begun(new Configuration(), line), reason));
}

Deno.test("refused: a user twice", () => {
  assert.equal(
    begun(new Configuration(), "user a on", "user a off"),
    "Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files",
  );
});

Deno.test("requirepass is the default user's password, unless there is a line for that user", () => {
  const configuration = new Configuration();
  configuration.assign("requirepass", ["secret"]);
  assert.deepEqual(begun(configuration), [`default on ${HASH} ~* &* +@all`]);
  assert.deepEqual(begun(configuration, "user default on nopass ~x"), [
    "default on nopass sanitize-payload ~x resetchannels -@all",
  ]);
});

Deno.test("refused: users in the configuration and in a file, and a file that is not there", () => {
  const configuration = new Configuration();
  configuration.assign("aclfile", ["/nowhere/users.acl"]);
  assert.match(begun(configuration, "user a on") as string, /define either an ACL file or declare users/);
  assert.equal(
    begun(configuration),
    "Aborting Redis startup because of ACL errors: Error loading ACLs, opening file '/nowhere/users.acl': " +
      "No such file or directory",
  );
});
