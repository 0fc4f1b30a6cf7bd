/**
 * Lua's WebAssembly as its package has it. `deno run -A --unstable-raw-imports tests/support/lua_wasm.ts write` puts it
 * into `src/scripting/lua_wasm.ts`; without `write` it tells whether it is there.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deflateRawSync } from "node:zlib";
import { luaWasm } from "../../src/scripting/lua_wasm.ts";
import { fromFileUrl, repositoryRoot } from "./paths.ts";

/** In a variable, as only this program is run with the flag that the import needs. */
const PACKAGED = "wasmoon-lua5.1/dist/liblua5.1.wasm";
const { default: packaged } = await import(PACKAGED, { with: { type: "bytes" } });

if (Deno.args[0] === "write") {
  const text = Buffer.from(deflateRawSync(packaged, { level: 9 })).toString("base64");
  const path = fromFileUrl(new URL("src/scripting/lua_wasm.ts", repositoryRoot));
  const source = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, source.replace(/(?<=^const LUA =\s+")[^"]*/m, text));
} else {
  console.log(Buffer.from(packaged).equals(Buffer.from(luaWasm())) ? "same" : "different");
}
