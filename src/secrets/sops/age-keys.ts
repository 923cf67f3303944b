// The age keys of SOPS_AGE_KEY_FILE, as `age-keygen` writes them: one a line, beside comments.
import { readFile, stat } from "node:fs/promises";
import { CapstanError } from "../../lib/errors.ts";

const largestBytes = 64 * 1024;
const keyPattern = /^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+$/i;
const hint = "it holds the private keys that `age-keygen` wrote, one a line";

function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? "") : "";
}

/** Changes when the file may have changed. Never throws: a file that cannot be looked at is a stamp of its own. */
export async function stampOfKeys(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino}.${size}.${mtimeNs}.${ctimeNs}`;
  } catch (error) {
    return `unreadable ${codeOf(error)}`;
  }
}

/** `AGE-SECRET-KEY-…`, each. Throws `unavailable` when the file cannot be read, `invalid` for one without keys; never shows any of it. */
export async function readAgeKeys(path: string): Promise<readonly string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const message = `SOPS_AGE_KEY_FILE cannot be read: ${codeOf(error)}`;
    throw new CapstanError("unavailable", message, { hint: "check path and rights" });
  }
  if (text.length > largestBytes) {
    throw new CapstanError("invalid", "SOPS_AGE_KEY_FILE is larger than 64 KiB", { hint });
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const keys: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    if (!keyPattern.test(line)) {
      const message = `SOPS_AGE_KEY_FILE holds no age key in line ${index + 1}`;
      throw new CapstanError("invalid", message, { hint });
    }
    keys.push(line.toUpperCase());
  }
  if (keys.length === 0) {
    throw new CapstanError("invalid", "SOPS_AGE_KEY_FILE holds no key", { hint });
  }
  return keys;
}
