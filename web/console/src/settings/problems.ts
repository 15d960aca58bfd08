/** Which field a refusal belongs to. Pure. */

import { ApiError } from "../api/http";
import { describe, type Failure } from "../shared/failure";

export type Problems<Field extends string> = Partial<Record<Field, string>>;

export interface Refusal<Field extends string> {
  problems: Problems<Field>;
  /** What belongs to no field. */
  failure: Failure | null;
}

export function refusalOf<Field extends string>(
  error: unknown,
  fields: Record<string, Field>,
): Refusal<Field> {
  const field = error instanceof ApiError ? fields[error.code] : undefined;
  const failure = describe(error);
  return field
    ? { problems: { [field]: failure.message } as Problems<Field>, failure: null }
    : { problems: {}, failure };
}
