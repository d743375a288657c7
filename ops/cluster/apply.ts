import type { Manifest } from '../../lib/manifests';
import { yamlText } from '../../lib/yaml-text';
import type { CallOptions, Kubectl } from './kubectl';

/** Who owns the fields that seda applies; Argo CD and people have names of their own. */
export const FIELD_MANAGER = 'seda';

/** Applies objects, or lets the API server try to, and returns them as they are then. */
export async function apply(
  kubectl: Kubectl,
  what: string,
  objects: readonly Manifest[],
  { dryRun = false, ...options }: CallOptions & { readonly dryRun?: boolean } = {},
): Promise<Manifest[]> {
  const text = await kubectl.run(what, [...applyArgs(dryRun), '--output=json'], {
    ...options,
    input: yamlText(objects),
  });
  const applied = JSON.parse(text) as Manifest & { items?: Manifest[] };
  return applied.items ?? [applied];
}

/**
 * How seda applies: it says every field that it renders, and takes back what somebody changed by hand. The API
 * server refuses an unknown field of a server-side apply in any case ("field not declared in schema"); kubectl's
 * own question whether it can validate reads the whole schema first, which is two thirds of the time of a call.
 */
export function applyArgs(dryRun: boolean): string[] {
  return [
    'apply',
    '--server-side',
    '--force-conflicts',
    '--validate=false',
    `--field-manager=${FIELD_MANAGER}`,
    ...(dryRun ? ['--dry-run=server'] : []),
    '--filename=-',
  ];
}
