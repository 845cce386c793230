// Writes the longest WebAssembly module that stands as base64 in a file.
// usage: node embedded-wasm.mjs FROM TO
import { readFileSync, writeFileSync } from "node:fs";

const [from, to] = process.argv.slice(2);
// Base64 of "\0asm" and of the version behind it.
const found = readFileSync(from, "utf8").match(/AGFzbQ[A-Za-z0-9+/]+=*/g) ?? [];
found.sort((a, b) => b.length - a.length);
if (found.length === 0) {
  console.error(`${from}: no module in base64`);
  process.exit(1);
}
writeFileSync(to, Buffer.from(found[0], "base64"));
