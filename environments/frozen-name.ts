import type { Colour } from '../lib';
import type { SedaEnvironment } from './environment';

/** Name of the file in which the bundle of a colour is frozen. */
export function frozenFile({ name }: Pick<SedaEnvironment, 'name'>, colour: Colour): string {
  return `${name}.${colour}.yaml`;
}

/** The environment and colour that a file of the folder of records belongs to, where it is a frozen bundle. */
export function frozenName(file: string): { readonly environment: string } | undefined {
  const [, environment] = /^(.+)\.(?:blue|green)\.yaml$/.exec(file) ?? [];
  return environment === undefined ? undefined : { environment };
}
