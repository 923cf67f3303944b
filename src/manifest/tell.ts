// How a check tells a problem of an application: at the path of the value.
import type { Path } from "./tree.ts";

export type Tell = (path: Path, message: string, hint?: string | null, on?: "key") => void;
