import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fromFileUrl } from "../support/paths.ts";
import { copyBuildInputs, runTask, runtimeFlags, withDirectory } from "./build.ts";

/** A module as `deno info --json` describes it: `code` is missing where only types are imported. */
interface ModuleInfo {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier: string } }[];
}

/** The paths of the local modules whose code a module needs, itself included. */
async function modulesOf(main: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", main] }).output();
  const { modules, roots }: { modules: ModuleInfo[]; roots: string[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const needed = new Set(roots);
  for (const specifier of needed) {
    for (const { code } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (code?.specifier.startsWith("file:")) needed.add(code.specifier);
    }
  }
  return [...needed].map((url) => fromFileUrl(url));
}

/** The flags that give the permissions which deno compile has written into an executable. */
function embeddedPermissions(executable: string): string[] {
  const permissions = JSON.parse(/"permissions":(\{[^}]*\})/.exec(executable)?.[1] ?? "{}");
  const flags: string[] = permissions.prompt === false ? ["--no-prompt"] : [];
  for (const [name, value] of Object.entries<string[] | null>(permissions)) {
    // Imports from a few hosts are Deno's default, with or without a flag.
    if (!name.startsWith("allow_") || name === "allow_import" || value === null) continue;
    flags.push(`--${name.replace("_", "-")}${value.length === 0 ? "" : `=${value}`}`);
  }
  return flags.sort();
}

Deno.test({
  name:
    "deno task compile embeds all modules, the one package that they import, and the permissions of start",
  // The embedded part comes after the runtime's own bytes in an ELF file; the other formats mix them.
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withDirectory(async (directory) => {
      await copyBuildInputs(directory);
      // A test downloads no runtime, so deno itself stands in for it: all but the start is the same. Types are checked
      // by `deno task ok`.
      await runTask("compile", directory, { DENORT_BIN: Deno.execPath(), COMPILE_FLAGS: "--no-check" });
      const executable = await Deno.readFile(`${directory}/dist/denodis`);
      const embedded = Buffer.from(executable.buffer, (await Deno.stat(Deno.execPath())).size);

      const modules = await modulesOf(`${directory}/main.ts`);
      assert.ok(modules.length > 100, `${modules.length} modules`);
      for (const path of modules) {
        assert.ok(embedded.includes(Buffer.from(await Deno.readFile(path))), path);
      }
      const text = embedded.toString("latin1");
      assert.ok(text.includes("configureSync"), "LogTape is missing");
      assert.ok(!text.includes("MaxRetriesPerRequestError"), "The packages of the tests are embedded too");
      assert.deepEqual(
        embeddedPermissions(text),
        runtimeFlags("start").filter((flag) => !flag.startsWith("--v8-flags")),
      );
    }),
});
