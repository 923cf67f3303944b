// `npm run -s sbom`: the bill of materials (CycloneDX, as JSON) of what is installed beside Capstan, from the lock file
// alone. It is no part of the program. `npm sbom --omit=dev` would leave out every package that a tool for development
// asks for as well (zod, yaml, semver, …), so that it is asked for all, and those of development are taken out here.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Component {
  readonly "bom-ref": string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bill {
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const options = ["--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"];
const maxBytes = 50_000_000;

function isForDevelopment({ properties = [] }: Component): boolean {
  return properties.some(({ name }) => name === "cdx:npm:package:development");
}

const asked = spawnSync("npm", ["sbom", ...options], {
  cwd: fileURLToPath(new URL("..", import.meta.url)),
  encoding: "utf8",
  maxBuffer: maxBytes,
  stdio: ["ignore", "pipe", "inherit"],
});
if (asked.error !== undefined) throw asked.error;
if (asked.status !== 0) process.exit(1);

const bill = JSON.parse(asked.stdout) as Bill;
const components = bill.components.filter((one) => !isForDevelopment(one));
const kept = new Set(components.map((one) => one["bom-ref"]));
const left = new Set(bill.components.map((one) => one["bom-ref"]).filter((ref) => !kept.has(ref)));
const result = {
  ...bill,
  // npm names it after its folder.
  metadata: { ...bill.metadata, component: { ...bill.metadata.component, name: "capstan" } },
  components,
  dependencies: bill.dependencies
    .filter(({ ref }) => !left.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => !left.has(ref)) })),
};
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
