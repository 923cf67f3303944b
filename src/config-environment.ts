// Reading variables: each by its own name, or from the file that `NAME_FILE` names.

export type Environment = Readonly<Record<string, string | undefined>>;
/** A file's text; throws when it cannot be read. */
export type ReadFile = (path: string) => string;

export interface EnvironmentReader {
  /** The value of a variable or of the file that its `_FILE` names; null when neither is there. */
  readonly value: (name: string) => string | null;
  readonly problems: string[];
}

export function createEnvironmentReader(env: Environment, readFile: ReadFile): EnvironmentReader {
  const problems: string[] = [];
  return {
    problems,
    value(name) {
      const direct = env[name]?.trim() ?? "";
      const path = env[`${name}_FILE`]?.trim() ?? "";
      if (path === "") return direct === "" ? null : direct;
      if (direct !== "") {
        problems.push(`${name} and ${name}_FILE are both set; remove one of them`);
        return null;
      }
      try {
        const text = readFile(path);
        if (text.trim() !== "") return text;
        problems.push(`${name}_FILE names an empty file; write the value into it`);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
        problems.push(
          `${name}_FILE names a file that cannot be read (${code}); check path and rights`,
        );
      }
      return null;
    },
  };
}

/** All variables that begin with `prefix`, those in files under the name of their variable. */
export function withPrefix(
  env: Environment,
  prefix: string,
  reader: EnvironmentReader,
): Record<string, string> {
  const found = new Set(
    Object.keys(env)
      .filter((name) => name.startsWith(prefix) && name.length > prefix.length)
      .map((name) => name.replace(/_FILE$/, "")),
  );
  const values: Record<string, string> = {};
  for (const name of [...found].sort()) {
    const value = reader.value(name);
    if (value !== null) values[name] = value;
  }
  return values;
}

/** One line for each of the variables whose file cannot be read. */
export function unreadableFiles(
  names: readonly string[],
  values: Readonly<Record<string, string>>,
  readFile: ReadFile,
): readonly string[] {
  return names.flatMap((name) => {
    const path = values[name];
    if (path === undefined) return [];
    try {
      readFile(path);
      return [];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "it cannot be opened";
      return [`${name} names a file that cannot be read (${code}); check path and rights`];
    }
  });
}
