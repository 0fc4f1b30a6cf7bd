import assert from "node:assert/strict";
import { fromFileUrl, repositoryRoot } from "../support/paths.ts";

Deno.test("Lua's module in the sources is that of its package", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--unstable-raw-imports", "tests/support/lua_wasm.ts"],
    cwd: fromFileUrl(repositoryRoot),
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "same\n", new TextDecoder().decode(stderr));
});
