import type { Manifest } from '../manifests';
import { containersOf, listOf, type PodSpec } from './pods';

/** An object that pods need to start. */
export interface Read {
  readonly kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim';
  readonly name: string;
  /** They start without it as well. */
  readonly optional: boolean;
  /** The keys that must be there, where they are named. */
  readonly keys: readonly string[];
  /** Something takes all that is in it, whatever keys are named besides. */
  readonly whole: boolean;
}

interface Reference {
  readonly name?: string;
  readonly secretName?: string;
  readonly key?: string;
  readonly items?: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

interface Source {
  readonly configMap?: Reference;
  readonly secret?: Reference;
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly projected?: { readonly sources?: readonly Source[] };
}

/** All that a pod reads by name. */
export function readsOf(pod: PodSpec): Read[] {
  const found = new Map<string, Read>();
  const add = (kind: Read['kind'], reference: Reference | undefined): void => {
    const name = reference?.secretName ?? reference?.name;
    if (name === undefined || name === '') return;
    const id = `${kind} ${name}`;
    const { optional: wasOptional = true, keys = [], whole = false } = found.get(id) ?? {};
    const optional = reference?.optional === true;
    const named = [reference?.key ?? [], listOf(reference?.items).map(({ key }) => key)].flat();
    found.set(id, {
      kind,
      name,
      optional: optional && wasOptional,
      keys: optional ? keys : [...new Set([...keys, ...named])],
      whole: whole || named.length === 0,
    });
  };
  for (const { env, envFrom } of containersOf(pod)) {
    for (const { valueFrom } of listOf(env)) {
      add('ConfigMap', valueFrom?.configMapKeyRef);
      add('Secret', valueFrom?.secretKeyRef);
    }
    for (const { configMapRef, secretRef } of listOf(envFrom)) {
      add('ConfigMap', configMapRef);
      add('Secret', secretRef);
    }
  }
  for (const volume of listOf(pod.volumes as readonly Source[] | undefined)) {
    for (const source of [volume, ...listOf(volume.projected?.sources)]) {
      add('ConfigMap', source.configMap);
      add('Secret', source.secret);
      add('PersistentVolumeClaim', { name: source.persistentVolumeClaim?.claimName });
    }
  }
  for (const secret of listOf(pod.imagePullSecrets as readonly Reference[] | undefined))
    add('Secret', secret);
  add('ServiceAccount', { name: pod.serviceAccountName });
  return [...found.values()];
}

/** The Secret that an operator makes of an object; none where it makes none. */
export function secretMadeBy({ kind, metadata, spec }: Manifest): string | undefined {
  if (kind === 'ExternalSecret') return spec?.target?.name ?? metadata.name;
  if (kind === 'SealedSecret') return spec?.template?.metadata?.name ?? metadata.name;
  return kind === 'Certificate' ? spec?.secretName : undefined;
}
