// What stands in the package beside Capstan's own code: few packages, pinned, under licences that allow it, and all of
// them in the bill of materials. Read from the lock file alone, so that it is the same on every machine.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8"));

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync("package-lock.json", "utf8"),
);

const all = Object.entries(lock.packages).filter(([path]) => path !== "");
/** Of what is installed with `--omit=dev`. */
const shipped = all
  .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
  .map(([path, locked]) => ({ name: path.split("node_modules/").pop() ?? "", ...locked }));

/**
 * Each of them is code that runs with all of Capstan's rights, so a new one is decided on here: raise the number in the
 * commit that adds it, and say there why the standard library will not do.
 */
const most = { named: 33, withTheirOwn: 103 };

/** Licences that ask for no more than their text: whoever passes the package or the image on owes nothing else. */
const licences: ReadonlySet<string> = new Set([
  ...["MIT", "MIT-0", "ISC", "0BSD", "BlueOak-1.0.0"],
  ...["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause"],
]);

describe("the packages that Capstan runs on", () => {
  test("are as few as was decided", () => {
    expect(Object.keys(manifest.dependencies)).toHaveLength(most.named);
    expect(shipped).toHaveLength(most.withTheirOwn);
  });

  test("are under licences that allow to pass them on", () => {
    const refused = shipped
      .filter(({ license = "none" }) => !licences.has(license))
      .map(({ name, license }) => `${name}: ${license ?? "no licence"}`);
    expect(refused).toEqual([]);
  });

  test("are named by their exact versions, which are those of the lock file", () => {
    const locked = Object.keys(manifest.dependencies).map((name) => [
      name,
      lock.packages[`node_modules/${name}`]?.version,
    ]);
    expect(manifest.dependencies).toEqual(Object.fromEntries(locked));
    // Other packages are added the same way.
    expect(readFileSync(".npmrc", "utf8")).toContain("save-exact=true\n");
  });

  test("and all that build and test it have a checksum in the lock file", () => {
    expect(all.filter(([, { integrity = "" }]) => !integrity.startsWith("sha512-"))).toEqual([]);
  });
});

test("the bill of materials names each of them, with version and licence, and nothing else", async () => {
  // As its script does.
  expect(manifest.scripts.sbom).toBe("node src/sbom.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["src/sbom.ts"], {
    maxBuffer: 10_000_000,
  });
  const bill = JSON.parse(stdout);
  expect(bill).toMatchObject({ bomFormat: "CycloneDX", specVersion: expect.any(String) });
  expect(bill.metadata.component).toMatchObject({
    type: "application",
    name: manifest.name,
    purl: `pkg:npm/${manifest.name}@${manifest.version}`,
  });
  const purl = (name: string, version: string): string =>
    `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const named = bill.components.map((one: { readonly purl: string }) => one.purl);
  expect([...new Set(named)].sort()).toEqual(
    [...new Set(shipped.map(({ name, version }) => purl(name, version)))].sort(),
  );
  const known = new Set([bill.metadata.component, ...bill.components].map((one) => one["bom-ref"]));
  for (const { ref, dependsOn } of bill.dependencies) {
    expect([ref, ...dependsOn].filter((one: string) => !known.has(one))).toEqual([]);
  }
  for (const { name, licenses } of bill.components) {
    expect(licenses, name).toEqual([{ license: { id: expect.any(String) } }]);
  }
});
