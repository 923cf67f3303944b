// A store that cannot be written costs a check, and no run.
import { describeError } from "../../lib/errors.ts";

/** The same call; what it throws is handed to `lost` as one line instead. */
export function guarded<T extends readonly unknown[]>(
  tell: (...told: T) => void,
  lost: (message: string) => void,
): (...told: T) => void {
  return (...told) => {
    try {
      tell(...told);
    } catch (error) {
      lost(`a commit check was lost: ${describeError(error)}`);
    }
  };
}
